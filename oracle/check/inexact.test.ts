import { describe, expect, it } from 'vitest'
import { batchOf, entryOf, setOf } from '../../spec/generate/index.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { begins, ends, judged, whole } from '../generate/records.js'
import type { TraceRecord } from '../wire/record.js'

const OK: Seen = { is: 'ok' }
const DATA: Seen = { is: 'access', end: 'data' }
const GET: Operation = { op: 'get-dirty', as: 0, id: 0 }
const bits = (...pages: readonly number[]): Seen => ({
  is: 'ok',
  bits: pages.map(page => [page, 1] as const),
})
const read = (gfn: number): Operation => ({ op: 'read', vcpu: 0, gfn, offset: 0, size: 1 })
const write = (gfn: number): Operation => ({ op: 'write', vcpu: 0, gfn, offset: 0, data: 'ff' })
const clear = (pages: readonly (readonly [number, number])[]): Operation => ({
  op: 'clear-dirty',
  as: 0,
  id: 0,
  first: u64(0),
  count: 16,
  pages,
})
const protect: Operation = { op: 'enable-cap', cap: 'manual-dirty-log-protect2', flags: 0, args: [u64(1)] }
const READY = [
  ...whole(90, setOf([0, 0, 16, 16, 'L']), OK),
  ...whole(91, { op: 'create-vcpu', vcpu: 0 }, OK),
  ...whole(92, read(0), DATA),
  ...whole(93, write(8), DATA),
]
const MANUAL = [...whole(94, protect, OK), ...READY]

const deviating = (exact: boolean, ...records: readonly (readonly TraceRecord[] | TraceRecord)[]) =>
  judged({ exact }, ...records).deviations.map(d => d.n)

describe('inexact hardware, which may report a read as a write,', () => {
  it('may report the page that was read, or not; exact hardware may not', () => {
    expect(deviating(false, READY, whole(1, GET, bits(8)))).toEqual([])
    expect(deviating(false, READY, whole(1, GET, bits(0, 8)))).toEqual([])
    expect(deviating(true, READY, whole(1, GET, bits(8)))).toEqual([])
    expect(deviating(true, READY, whole(1, GET, bits(0, 8)))).toEqual([1])
  })
  it('must report the page that was written', () => {
    expect(deviating(false, READY, whole(1, GET, bits(0)))).toEqual([1])
    expect(deviating(false, READY, whole(4, write(0), DATA), whole(1, GET, bits(8)))).toEqual([1])
  })
  it('may report no page that was neither read nor written', () => {
    expect(deviating(false, READY, whole(1, GET, bits(1, 8)))).toEqual([1])
  })
  it('reports a page once: a harvest consumes the bit, whether it was set or not', () => {
    expect(deviating(false, READY, whole(1, GET, bits(8)), whole(2, GET, bits(0)))).toEqual([2])
    expect(deviating(false, READY, whole(1, GET, bits(0, 8)), whole(2, GET, bits()))).toEqual([])
  })
  it('does not include the hypervisor, whose reads mark nothing', () => {
    const own = whole(4, { op: 'kernel-access', gfn: 1, offset: 0, size: 1 }, DATA)
    expect(deviating(false, READY, own, whole(1, GET, bits(1, 8)))).toEqual([1])
  })
})

describe('under manual protect, what GET reported of an uncertain page', () => {
  it('is certain from then on: a reported bit stays until it is cleared', () => {
    expect(deviating(false, MANUAL, whole(1, GET, bits(0, 8)), whole(2, GET, bits(0, 8)))).toEqual([])
    expect(deviating(false, MANUAL, whole(1, GET, bits(0, 8)), whole(2, GET, bits(8)))).toEqual([2])
    const cleared = [whole(1, GET, bits(0, 8)), whole(2, clear([[0, 1]]), OK)]
    expect(deviating(false, MANUAL, ...cleared, whole(3, GET, bits(8)))).toEqual([])
    expect(deviating(false, MANUAL, ...cleared, whole(3, GET, bits(0, 8)))).toEqual([3])
  })
  it('is certain from then on: a bit not reported stays clear until the page is read again', () => {
    expect(deviating(false, MANUAL, whole(1, GET, bits(8)), whole(2, GET, bits(0, 8)))).toEqual([2])
    const again = [whole(1, GET, bits(8)), whole(2, read(0), DATA)]
    expect(deviating(false, MANUAL, ...again, whole(3, GET, bits(0, 8)))).toEqual([])
  })

  it('is certain even if another thread was busy all the while', () => {
    const busy = begins(9, { op: 'lookup', as: 1, gfn: 0 }, 9)
    expect(deviating(false, MANUAL, busy, whole(1, GET, bits(8)), whole(2, GET, bits(0, 8)))).toEqual([2])
    expect(deviating(false, MANUAL, busy, whole(1, GET, bits(0, 8)), whole(2, GET, bits(8)))).toEqual([2])
  })
  it('says nothing of a write between its effect and its return', () => {
    // The write returns within the GET, which has not seen it: it stays to be reported, whatever GET taught of page 0.
    const race = [begins(1, GET, 1), whole(2, write(3), DATA), ends(1, bits(0, 8))]
    expect(deviating(false, MANUAL, ...race, whole(3, GET, bits(0, 3, 8)))).toEqual([])
    expect(deviating(false, MANUAL, ...race, whole(3, GET, bits(0, 8)))).toEqual([3])
  })
  it('does not bring back a bit that was consumed between its effect and its return', () => {
    const race = [begins(1, GET, 1), whole(2, clear([[0, 16]]), OK), ends(1, bits(0, 8))]
    expect(deviating(false, MANUAL, ...race, whole(3, GET, bits()))).toEqual([])
    expect(deviating(false, MANUAL, ...race, whole(3, GET, bits(0, 8)))).toEqual([3])
  })
  it('says nothing of a page that was read again between its effect and its return', () => {
    const race = [
      begins(1, GET, 1),
      whole(2, clear([[0, 1]]), OK),
      whole(4, read(0), DATA),
      ends(1, bits(0, 8)),
    ]
    for (const later of [bits(8), bits(0, 8)])
      expect(deviating(false, MANUAL, ...race, whole(3, GET, later))).toEqual([])
  })
})

describe('uncertain bits that a batch retires', () => {
  const remove = (resultSize: number, flags: number): Operation =>
    batchOf([{ ...entryOf([0, 0, 0, 0]), do: 'remove' }], { resultSize: u64(resultSize), flags })
  const record = (count: number, ...runs: readonly (readonly [number, number])[]) => ({
    id: 0,
    base: 0,
    npages: 16,
    count,
    bits: runs,
  })

  it('may be reported or not, but must agree with the count', () => {
    const judge = (retired: object): readonly number[] =>
      deviating(false, READY, whole(1, remove(4096, 1), { is: 'ok', retired: [retired] } as Seen))
    expect(judge(record(1, [8, 1]))).toEqual([])
    expect(judge(record(2, [0, 1], [8, 1]))).toEqual([])
    expect([judge(record(1, [0, 1])), judge(record(2, [8, 1])), judge(record(2, [1, 1], [8, 1]))]).toEqual([
      [1],
      [1],
      [1],
    ])
  })
  it('may be counted or not', () => {
    const total = (retiredCount: number) =>
      deviating(false, READY, whole(1, remove(0, 0), { is: 'ok', retiredCount }))
    expect([0, 1, 2, 3].map(total)).toEqual([[1], [], [], [1]])
  })
})
