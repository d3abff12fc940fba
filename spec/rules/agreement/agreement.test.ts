import { describe, expect, it } from 'vitest'
import { machineOf, pages, slotOf } from '../../generate/index.js'
import { refuteFamily, step } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { u64 } from '../../terms/numbers.js'
import { noPages } from '../../terms/page-set.js'
import type { Result, Seen } from '../../terms/result.js'
import { answerRelation } from '../calls.js'

const machine = machineOf([{ ...slotOf([1, 0, 8, 16, 'L']), dirty: { set: pages(0), maybe: pages(3) } }])
const judged = (returned: object, seen: object, rest: Partial<Cells> = {}): Cells => ({
  ...machine,
  returned: returned as Result,
  seen: seen as Seen,
  ...rest,
})
const premises = (cells: Cells) =>
  refuteFamily(answerRelation, cells).flatMap(answer =>
    answer.kind === 'refuted' ? [answer.reason.premise] : [],
  )
const agrees = (cells: Cells) => step(answerRelation, cells).length === 1

const error = { is: 'error', errno: 'EINVAL', index: null, bound: null }
const noSpace = { is: 'error', errno: 'ENOSPC', index: -1, bound: u64(40) }
const log = { is: 'log', as: 0, id: 1, set: pages(0), maybe: pages(3), bytes: 8, generation: 4 }
const record = { id: 1, base: 0, npages: 8, set: pages(0, 1), maybe: pages(3) }
const batch = (asked: string) => ({ is: 'batch', generation: 4, retired: [record], asked })
const seenRecord = { id: 1, base: 0, npages: 8, count: 2 }
const access = { is: 'access', end: 'data', data: 'ab', errno: null }

describe('an answer agrees with the result', () => {
  it.each<readonly [string, object, object]>([
    ['by its errno', error, { is: 'error', errno: 'EINVAL' }],
    ['by errno, index and bound', noSpace, { is: 'error', errno: 'ENOSPC', index: -1, bound: u64(40) }],
    ['by success', { is: 'done', generation: 4 }, { is: 'ok' }],
    ['by success at a generation', { is: 'done', generation: 4 }, { is: 'ok', generation: 4 }],
    ['by the bits', log, { is: 'ok', bits: [[0, 1]] }],
    [
      'by the bits and one that inexact hardware may have set',
      log,
      {
        is: 'ok',
        bits: [
          [0, 1],
          [3, 1],
        ],
        bytes: 8,
      },
    ],
    ['by records with bits', batch('bits'), { is: 'ok', retired: [{ ...seenRecord, bits: [[0, 2]] }] }],
    ['by records with counts', batch('records'), { is: 'ok', retired: [{ ...seenRecord, count: 3 }] }],
    ['by the total', batch('total'), { is: 'ok', retiredCount: 2 }],
    ['by what is found', { is: 'found', found: null }, { is: 'ok', found: null }],
    ['by no ranges', { is: 'ranges', ranges: [] }, { is: 'ok', ranges: [] }],
    ['by its end, the bytes unseen', access, { is: 'access', end: 'data' }],
    ['by its end and bytes', access, { is: 'access', end: 'data', data: 'ab' }],
  ])('%s', (_, returned, seen) => {
    expect(agrees(judged(returned, seen))).toBe(true)
  })
})

describe('an answer disagrees', () => {
  it.each<readonly [string, object, object, string]>([
    ['where the errno is another', error, { is: 'error', errno: 'EEXIST' }, 'same-errno'],
    [
      'where the index is another',
      noSpace,
      { is: 'error', errno: 'ENOSPC', index: 0, bound: u64(40) },
      'same-index',
    ],
    ['where an index is missing', noSpace, { is: 'error', errno: 'ENOSPC', bound: u64(40) }, 'same-index'],
    ['where the bound is missing', noSpace, { is: 'error', errno: 'ENOSPC', index: -1 }, 'same-bound'],
    [
      'where the generation is another',
      { is: 'done', generation: 4 },
      { is: 'ok', generation: 2 },
      'same-generation',
    ],
    ['where there is no bitmap', log, { is: 'ok' }, 'reports-bits'],
    ['where a written page is lost', log, { is: 'ok', bits: [[3, 1]] }, 'reports-every-write'],
    ['where a page is invented', log, { is: 'ok', bits: [[0, 2]] }, 'reports-nothing-else'],
    ['where too few bytes are written', log, { is: 'ok', bits: [[0, 1]], bytes: 1 }, 'same-bytes'],
    ['where a record is missing', batch('records'), { is: 'ok', retired: [] }, 'reports-retired'],
    [
      'where a count is short',
      batch('records'),
      { is: 'ok', retired: [{ ...seenRecord, count: 1 }] },
      'reports-retired',
    ],
    [
      'where a record names the slot as it is now',
      batch('records'),
      { is: 'ok', retired: [{ ...seenRecord, base: 9 }] },
      'reports-retired',
    ],
    ['where bits are missing', batch('bits'), { is: 'ok', retired: [seenRecord] }, 'reports-retired'],
    [
      'where a bit is lost',
      batch('bits'),
      {
        is: 'ok',
        retired: [
          {
            ...seenRecord,
            bits: [
              [1, 1],
              [3, 1],
            ],
          },
        ],
      },
      'reports-retired',
    ],
    [
      'where a record stands twice',
      batch('records'),
      { is: 'ok', retired: [seenRecord, seenRecord] },
      'reports-retired',
    ],
    ['where the total is short', batch('total'), { is: 'ok', retiredCount: 1 }, 'reports-retired'],
    ['where the total is missing', batch('total'), { is: 'ok' }, 'reports-retired'],
    ['where something is found', { is: 'found', found: null }, { is: 'ok', found: { id: 1 } }, 'same-found'],
    ['where the access ends otherwise', access, { is: 'access', end: 'mmio' }, 'same-end'],
    ['where other bytes are read', access, { is: 'access', end: 'data', data: 'ac' }, 'same-data'],
  ])('%s', (_, returned, seen, premise) => {
    const cells = judged(returned, seen)
    expect(agrees(cells)).toBe(false)
    expect(premises(cells)).toContain(premise)
  })
  it('where a success is answered by an error, and no rule’s pattern matches', () => {
    const cells = judged({ is: 'done', generation: null }, { is: 'error', errno: 'EINVAL' })
    expect([agrees(cells), premises(cells)]).toEqual([false, []])
  })
})

describe('after an agreeing answer', () => {
  const logAfter = (protect: 0 | 1) => {
    const [only] = step(
      answerRelation,
      judged(
        log,
        {
          is: 'ok',
          bits: [
            [0, 1],
            [3, 1],
          ],
        },
        { protect },
      ),
    )
    return only?.cells
  }
  it('nothing is in progress', () => {
    expect(logAfter(0)).toMatchObject({ call: null, returned: null, seen: null })
  })
  it('a report under manual protect has settled the uncertain bits; a harvest has nothing to settle', () => {
    expect(logAfter(1)?.spaces[0]?.slots[0]?.dirty).toEqual({ set: pages(0, 3), maybe: noPages })
    expect(logAfter(0)?.spaces).toBe(machine.spaces)
  })
})
