import { describe, expect, it } from 'vitest'
import { deleteOf, machineAfter, machineOf, pages, setOf, slotOf } from '../../spec/generate/index.js'
import type { Cells } from '../../spec/terms/cells.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { Operation } from '../../spec/terms/operation.js'
import { difference, printPages, printSlot } from './difference.js'

const START = machineOf([slotOf([0, 0, 4, 16, 'L'], [1])])
const by = (...operations: readonly Operation[]): readonly string[] =>
  difference(START, machineAfter(START, ...operations))

describe('the difference between two machines', () => {
  it('between a machine and itself is empty', () => {
    expect(difference(START, START)).toEqual([])
  })
  it.each<readonly [string, readonly Operation[], readonly string[]]>([
    [
      'a slot that goes',
      [deleteOf(0)],
      ['space 0: slot 0 goes: gpa 0x0, 4 pages, hva 0x10000, LOG, dirty 1', 'space 0: 2 swaps'],
    ],
    [
      'a slot that appears',
      [setOf([1, 8, 1, 9, 'R'], { as: 1 })],
      ['space 1: slot 1 appears: gpa 0x8000, 1 page, hva 0x9000, RO', 'space 1: 1 swap'],
    ],
    [
      'a slot that changes',
      [setOf([0, 4, 4, 16, 'L'])],
      [
        'space 0: slot 0: gpa 0x0, 4 pages, hva 0x10000, LOG, dirty 1  →  gpa 0x4000, 4 pages, hva 0x10000, LOG, dirty 1',
        'space 0: 2 swaps',
      ],
    ],
    [
      'dirty bits that are consumed',
      [{ op: 'get-dirty', as: 0, id: 0 }],
      [
        'space 0: slot 0: gpa 0x0, 4 pages, hva 0x10000, LOG, dirty 1  →  gpa 0x0, 4 pages, hva 0x10000, LOG, dirty none',
      ],
    ],
    ['a new vCPU', [{ op: 'create-vcpu', vcpu: 2 }], ['vCPU 2 appears in space 0']],
    [
      'the mode of dirty logging',
      [{ op: 'enable-cap', cap: 'manual-dirty-log-protect2', flags: 0, args: [u64(3)] }],
      ['manual protect 0  →  3'],
    ],
    [
      'a dirty ring',
      [{ op: 'enable-cap', cap: 'dirty-log-ring', flags: 0, args: [u64(65536)] }],
      ['a dirty ring is in use'],
    ],
    ['a written host page', [{ op: 'poke', hva: u64(0x7008), data: 'ff' }], ['host page 0x7000 is written']],
    ['nothing where nothing changed', [{ op: 'lookup', as: 0, gfn: 1 }], []],
  ])('names %s', (_, operations, lines) => {
    expect(by(...operations)).toEqual(lines)
  })
  it('names a vCPU that moves to another space', () => {
    const there = machineAfter(START, { op: 'create-vcpu', vcpu: 0 })
    expect(difference(there, machineAfter(there, { op: 'enter-smm', vcpu: 0 }))).toEqual([
      'vCPU 0: space 0  →  1',
    ])
  })
  it('counts fewer swaps', () => {
    const more: Cells = {
      ...START,
      spaces: START.spaces.with(0, { slots: START.spaces[0]?.slots ?? [], swaps: 2 }),
    }
    expect([difference(more, START), difference(START, more)]).toEqual([
      ['space 0: 2 swaps fewer'],
      ['space 0: 2 swaps'],
    ])
  })
})

describe('a slot', () => {
  it('is printed with its flags, and with the certain and uncertain pages of its log', () => {
    const slot = { ...slotOf([0, 1, 2, 3, 'LR']), dirty: { set: pages(0), maybe: pages(1) } }
    expect(printSlot(slot)).toBe('gpa 0x1000, 2 pages, hva 0x3000, LOG|RO, dirty 0 and perhaps 1')
    expect(printSlot(slotOf([0, 1, 2, 3, 'G']))).toBe('gpa 0x1000, 2 pages, hva 0x3000, GUEST_MEMFD')
  })
  it('has its pages printed as ranges', () => {
    expect([printPages([]), printPages(pages(0)), printPages(pages(0, 1, 2, 5, 7, 8))]).toEqual([
      'none',
      '0',
      '0-2,5,7-8',
    ])
  })
})
