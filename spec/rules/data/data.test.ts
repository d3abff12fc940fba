import { describe, expect, it } from 'vitest'
import { machineAfter, slotOf } from '../../generate/index.js'
import type { Cells } from '../../terms/cells.js'
import { load } from '../../terms/memory.js'
import { hvaPage, spaceId, u64 } from '../../terms/numbers.js'
import type { FetchPathOperation, Operation, SetCall } from '../../terms/operation.js'
import { entryBytes } from '../../terms/paging/entry.js'
import { pathsOf } from '../paths.js'
import { LA, OPEN, start } from '../walk/four-level.fixture.js'
import { ways } from './address.js'
import { pieces } from './pieces.js'

const OF_DATA = new Set([...ways, ...pieces].map(({ id }) => id))
const HOST = 0x1000
const PAGE = 16
/** Beyond the slot of the fixture. */
const OTHER = 48

const entryAt = (index: number, entry: bigint): Operation => ({
  op: 'poke',
  hva: u64((HOST + 1) * 4096 + index * 8),
  data: entryBytes(entry, 8),
})
/** The page at LA lies in frame 16, the next one in frame 48, where there is nothing but what is set. */
const world = (next = OPEN, ...more: readonly Operation[]): Cells =>
  machineAfter(
    start(),
    entryAt(8, (BigInt(OTHER) << 12n) | next),
    { op: 'poke', hva: u64((HOST + PAGE) * 4096 + 0xffc), data: 'a1a2a3a4' },
    ...more,
  )
const other = (flags: number): SetCall => {
  const { id, base, npages, hva } = slotOf([2, OTHER, 1, 0x5000])
  return {
    op: 'set',
    as: spaceId(0),
    id,
    gpa: u64(base * 4096),
    size: u64(npages * 4096),
    hva: u64(hva * 4096),
    flags,
  }
}
const filled: Operation = { op: 'poke', hva: u64(0x5000 * 4096), data: 'b1b2b3b4' }
const protect = (page: number, rights: 'none' | 'read'): Operation => ({
  op: 'host-protect',
  hva: u64(page * 4096),
  size: u64(4096),
  rights,
})

const read = (gva: bigint, size: number): FetchPathOperation => ({
  op: 'read-virtual',
  vcpu: 0,
  gva: u64(gva),
  size,
})
const write = (gva: bigint, data: string): FetchPathOperation => ({
  op: 'write-virtual',
  vcpu: 0,
  gva: u64(gva),
  data,
})
/** How it ends, by which rules of data, and what stands in both pages and their logs afterwards. */
const outcome = (cells: Cells, operation: FetchPathOperation) => {
  const ways = pathsOf(cells, operation)
  const [way] = ways
  if (way === undefined || ways.length > 1) throw new Error(`${ways.length} ways`)
  const { returned, memory, spaces } = way.cells
  const { end, data, details } = returned as Extract<typeof returned, { is: 'access' }>
  return {
    end: data === null ? end : `${end} ${data}`,
    rules: way.rules.map(({ id }) => id).filter(id => OF_DATA.has(id)),
    pages: [load(memory, hvaPage(HOST + PAGE), 0xffc, 4), load(memory, hvaPage(0x5000), 0, 4)],
    marked: spaces[0]?.slots.map(({ dirty }) => dirty?.set ?? null),
    details,
  }
}
const CROSSING = LA + 0xffen

describe('data at a linear address', () => {
  it('is read where its page is, and marks nothing', () => {
    const { end, rules, marked } = outcome(world(), read(LA + 0xffcn, 4))
    expect([end, rules]).toEqual([
      'data a1a2a3a4',
      ['data.address', 'data.translated', 'data.read', 'data.done'],
    ])
    expect(marked).toEqual([[]])
  })

  it('is written where its page is, and marks that page', () => {
    const { end, pages, marked } = outcome(world(), write(LA + 0xffdn, 'c2c3'))
    expect([end, pages[0], marked]).toEqual(['data', 'a1c2c3a4', [[PAGE, PAGE + 1]]])
  })

  it('goes on in the next page, which is translated before either is touched', () => {
    const cells = world(OPEN, other(1), filled)
    const { end, rules } = outcome(cells, read(CROSSING, 4))
    expect([end, rules]).toEqual([
      'data a3a4b1b2',
      [
        ...['data.address', 'data.crosses', 'data.address', 'data.translated'],
        ...['data.read', 'data.read', 'data.done'],
      ],
    ])
    const written = outcome(cells, write(CROSSING, 'c3c4d1d2'))
    expect([written.pages, written.marked]).toEqual([
      ['a1a2c3c4', 'd1d2b3b4'],
      [
        [PAGE, PAGE + 1],
        [0, 1],
      ],
    ])
  })

  it('that faults in its second page has touched nothing of the first', () => {
    const { end, details, pages, marked } = outcome(world(OPEN & ~1n), write(CROSSING, 'c3c4d1d2'))
    expect([end, pages[0], marked]).toEqual(['fault', 'a1a2a3a4', [[]]])
    expect(details?.exception).toEqual({ vector: '#PF', error: 2, cr2: LA + 0x1000n })
  })

  it('is MMIO as a whole where a piece is in a hole, and the other piece is served', () => {
    const { end, rules, pages, marked } = outcome(world(), write(CROSSING, 'c3c4d1d2'))
    expect([end, pages[0], marked]).toEqual(['mmio', 'a1a2c3c4', [[PAGE, PAGE + 1]]])
    expect(rules.slice(-3)).toEqual(['data.write', 'data.hole', 'data.mmio'])
    expect(outcome(world(), read(CROSSING, 4)).end).toBe('mmio')
  })

  it('is read from read-only memory, which a write leaves as it was', () => {
    const cells = world(OPEN, other(2), filled)
    expect(outcome(cells, read(LA + 0x1000n, 4)).end).toBe('data b1b2b3b4')
    const { end, rules, pages } = outcome(cells, write(LA + 0x1000n, 'd1d2'))
    expect([end, rules.at(-2), pages[1]]).toEqual(['mmio', 'data.write-read-only', 'b1b2b3b4'])
  })

  it('is MMIO where the host cannot read or write for it, and marks nothing', () => {
    const unreadable = outcome(world(OPEN, other(1), protect(0x5000, 'none')), read(LA + 0x1000n, 4))
    expect([unreadable.end, unreadable.rules.at(-2)]).toEqual(['mmio', 'data.read-bad-hva'])
    const cells = world(OPEN, other(1), filled, protect(0x5000, 'read'))
    const { end, rules, pages, marked } = outcome(cells, write(LA + 0x1000n, 'd1d2'))
    expect([end, rules.at(-2), pages[1]]).toEqual(['mmio', 'data.write-bad-hva', 'b1b2b3b4'])
    expect(marked).toEqual([[], []])
  })

  it('is #GP(0) where its first byte is not canonical, or only its last', () => {
    for (const gva of [1n << 47n, (1n << 47n) - 2n]) {
      const { end, rules, details } = outcome(world(), read(gva, 4))
      expect([end, rules, details]).toEqual([
        'fault',
        ['data.non-canonical'],
        { exception: { vector: '#GP', error: 0 } },
      ])
    }
  })
})

describe('a read-modify-write', () => {
  const rmw = (gva: bigint, data: string, more: object = {}): FetchPathOperation => ({
    op: 'rmw-virtual',
    vcpu: 0,
    gva: u64(gva),
    data,
    ...more,
  })

  it('by the emulator loads, and then is translated again to store', () => {
    const { end, rules, pages, marked } = outcome(world(), rmw(LA + 0xffcn, 'c1c2'))
    expect([end, pages[0], marked]).toEqual(['data a1a2', 'c1c2a3a4', [[PAGE, PAGE + 1]]])
    expect(rules).toEqual([
      ...['data.address', 'data.translated', 'data.read', 'rmw.store'],
      ...['data.address', 'data.translated', 'data.write', 'data.done'],
    ])
  })

  it('by the processor is one access, of write class', () => {
    const { end, rules, pages } = outcome(world(), rmw(LA + 0xffcn, 'c1c2', { by: 'hardware' }))
    expect([end, pages[0], rules.slice(-2)]).toEqual(['data a1a2', 'c1c2a3a4', ['data.write', 'data.done']])
  })

  it('over the end of a slot exits for the load before it stores anything', () => {
    const { end, details, pages } = outcome(world(), rmw(CROSSING, 'c3c4d1d2', { device: 'e1e2' }))
    const gpa = u64(BigInt(OTHER) << 12n)
    expect([end, pages[0]]).toEqual(['mmio a3a4e1e2', 'a1a2c3c4'])
    expect(details?.mmio).toEqual([
      { gpa, size: 2 },
      { gpa, size: 2, data: 'd1d2' },
    ])
  })

  it('faults as a write while it loads', () => {
    const { end, details } = outcome(world(OPEN & ~1n), rmw(LA + 0x1000n, 'c1'))
    expect([end, details?.exception]).toEqual(['fault', { vector: '#PF', error: 2, cr2: LA + 0x1000n }])
  })
})

describe('a translation', () => {
  it('tells address and rights, whether or not a slot is there', () => {
    const translate = { op: 'translate', vcpu: 0, gva: u64(LA + 0x1234n), access: 'read' } as const
    const { end, rules, details } = outcome(world(OPEN & ~2n), translate)
    expect([end, rules]).toEqual(['data', ['data.address', 'translate.answer']])
    expect(details).toEqual({
      gpa: (BigInt(OTHER) << 12n) + 0x234n,
      rights: { write: false, user: true, execute: true },
    })
  })
})
