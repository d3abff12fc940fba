import { describe, expect, it } from 'vitest'
import { batchOf, entryOf, setOf } from '../../spec/generate/index.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Run } from '../../spec/terms/page-set.js'
import type { Seen, SeenRetired } from '../../spec/terms/result.js'
import { judged, whole } from '../generate/records.js'

const OK: Seen = { is: 'ok' }
const write = (gfn: number): Operation => ({ op: 'write', vcpu: 0, gfn, offset: 0, data: 'ff' })
const WRITTEN: Seen = { is: 'access', end: 'data' }

/** Slots 0 and 1 of four logged pages each; pages 0 and 3 of the one and 1 of the other have been written. */
const READY = [
  ...whole(90, setOf([0, 0, 4, 16, 'L']), OK),
  ...whole(91, setOf([1, 8, 4, 32, 'L']), OK),
  ...whole(92, { op: 'create-vcpu', vcpu: 0 }, OK),
  ...[0, 3, 9].flatMap((gfn, i) => whole(93 + i, write(gfn), WRITTEN)),
]
const removal = (id: number) => ({ ...entryOf([id, 0, 0, 0]), do: 'remove' as const })
const both = [removal(0), removal(1)]
const record = (id: number, count: number, bits?: readonly Run[]): SeenRetired => ({
  id,
  base: id * 8,
  npages: 4,
  count,
  ...(bits === undefined ? {} : { bits }),
})

/** Whether a batch that removes both slots may answer this. */
const fits = (seen: Seen, but: Partial<Parameters<typeof batchOf>[1]> = {}): boolean =>
  judged({}, READY, whole(1, batchOf(both, but), seen)).is === 'conforms'

const DIRTY_0: readonly Run[] = [
  [0, 1],
  [3, 1],
]
const DIRTY_1: readonly Run[] = [[1, 1]]

describe('a batch that retires bits', () => {
  it('reports a record for each slot, ascending by id, with the bits of its pages', () => {
    expect(fits({ is: 'ok', retired: [record(0, 2, DIRTY_0), record(1, 1, DIRTY_1)], generation: 8 })).toBe(
      true,
    )
  })

  it.each([
    ['leaves a slot out', [record(0, 2, DIRTY_0)]],
    ['leaves a bit out', [record(0, 1, [[0, 1]]), record(1, 1, DIRTY_1)]],
    [
      'adds a bit',
      [
        record(0, 3, [
          [0, 2],
          [3, 1],
        ]),
        record(1, 1, DIRTY_1),
      ],
    ],
    ['names them out of order', [record(1, 1, DIRTY_1), record(0, 2, DIRTY_0)]],
    ['names one twice', [record(0, 2, DIRTY_0), record(0, 2, DIRTY_0), record(1, 1, DIRTY_1)]],
    ['names a slot that there was not', [record(0, 2, DIRTY_0), record(1, 1, DIRTY_1), record(2, 0, [])]],
    ['counts otherwise than it reports', [record(0, 1, DIRTY_0), record(1, 1, DIRTY_1)]],
    ['leaves out the bits that were asked for', [record(0, 2), record(1, 1)]],
    ['gives another place to the slot', [{ ...record(0, 2, DIRTY_0), base: 1 }, record(1, 1, DIRTY_1)]],
    ['gives another size to the slot', [{ ...record(0, 2, DIRTY_0), npages: 5 }, record(1, 1, DIRTY_1)]],
  ])('deviates if it %s', (_, retired) => {
    expect(fits({ is: 'ok', retired })).toBe(false)
  })

  it('deviates if it does not report them, since they would be lost', () => {
    expect(fits(OK)).toBe(false)
    expect(fits({ is: 'ok', retiredCount: 3 })).toBe(false)
  })

  it('reports only their number for each slot where bits are not wanted', () => {
    const counts = { flags: 0 }
    expect(fits({ is: 'ok', retired: [record(0, 2), record(1, 1)] }, counts)).toBe(true)
    expect(fits({ is: 'ok', retired: [record(0, 2), record(1, 2)] }, counts)).toBe(false)
    expect(fits({ is: 'ok', retired: [record(0, 2, DIRTY_0), record(1, 1, DIRTY_1)] }, counts)).toBe(false)
  })

  it('reports only their number in all where no records are wanted', () => {
    const total = { flags: 0, resultSize: u64(0) }
    const answered = [0, 2, 3, 4].filter(retiredCount => fits({ is: 'ok', retiredCount }, total))
    expect(answered).toEqual([3])
    expect([fits(OK, total), fits({ is: 'ok', retired: [] }, total)]).toEqual([false, false])
  })

  it('retires no bit of a page whose logging goes on: a later GET reports it at its new place', () => {
    const moved = batchOf([entryOf([0, 20, 4, 16, 'L'])])
    const get: Operation = { op: 'get-dirty', as: 0, id: 0 }
    const carried = whole(1, moved, { is: 'ok', retired: [] })
    expect(judged({}, READY, carried, whole(2, get, { is: 'ok', bits: DIRTY_0 })).is).toBe('conforms')
    expect(
      judged({}, READY, carried, whole(2, get, { is: 'ok', bits: [] })).deviations.map(d => d.n),
    ).toEqual([2])
  })

  it('is refused as a whole, and its index, bound and errno are judged', () => {
    const small = { resultSize: u64(32) }
    const refused = (errno: string, index: number, bound?: number): boolean =>
      fits({ is: 'error', errno, index, ...(bound === undefined ? {} : { bound: u64(bound) }) }, small)
    expect(refused('ENOSPC', -1, 80)).toBe(true)
    expect([
      refused('ENOSPC', 0, 80),
      refused('ENOSPC', -1, 64),
      refused('ENOSPC', -1),
      refused('ENOMEM', -1, 80),
    ]).toEqual([false, false, false, false])
  })
})
