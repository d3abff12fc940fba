import { describe, expect, it } from 'vitest'
import type { TraceRecord } from '../../../oracle/wire/record.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import type { Layout } from './layout.js'
import { brokenIn } from './run-script.js'
import { byCalls } from './style.js'
import { TAG_BYTES, tagFor } from './tag.js'

const OK: Seen = { is: 'ok' }
const DATA: Seen = { is: 'access', end: 'data' }
const MMIO: Seen = { is: 'access', end: 'mmio' }
const page = (n: number): Seen => ({ is: 'access', end: 'data', data: tagFor(n) })
const bits = (...pages: readonly number[]): Seen => ({ is: 'ok', bits: pages.map(n => [n, 1]) })

const GET: Operation = { op: 'get-dirty', as: 0, id: 1 }
const read = (gfn = 0): Operation => ({ op: 'read', vcpu: 0, gfn, offset: 0, size: TAG_BYTES })
const write = (gfn = 0): Operation => ({ op: 'write', vcpu: 0, gfn, offset: 8, data: '01' })

const slot = (first: number, flags = 1, base = 0): Layout => [{ id: 1, base, npages: 4, page: first, flags }]
/** The one call that makes a layout of another. */
const call = (before: Layout, after: Layout): Operation => {
  const [one, second] = byCalls('log-not-fetched').to(0, before, after)
  if (one === undefined || second !== undefined) throw new Error('that takes one call')
  return one
}
const A = slot(0x100)
const CREATE = call([], A)
const DELETE = call(A, [])

type Step = readonly ['begin' | 'end', string, Operation | Seen]

/** What a history breaks; an operation that nothing overlaps is a pair of its own. */
const broken = (...steps: readonly (Step | readonly [Operation, Seen])[]): readonly string[] => {
  const records: TraceRecord[] = []
  const numbers = new Map<string, number>()
  const begin = (name: string, operation: Operation): void => {
    const n = records.length + 1
    numbers.set(name, n)
    const ev = 'gfn' in operation ? 'access' : 'call'
    records.push({ ev, n, tid: n, operation } as TraceRecord)
  }
  const end = (name: string, seen: Seen): void => {
    const of = numbers.get(name) ?? 0
    records.push(seen.is === 'access' ? { ev: 'access-end', of, seen } : { ev: 'return', of, seen })
  }
  for (const step of steps) {
    if (step.length === 2) {
      begin('one', step[0])
      end('one', step[1])
    } else if (step[0] === 'begin') begin(step[1], step[2] as Operation)
    else end(step[1], step[2] as Seen)
  }
  return brokenIn(records).map(({ property }) => property)
}

describe('a history of single calls', () => {
  it('may have a hole between the call that deletes a slot and the return of the one that creates it', () => {
    const before = [
      [CREATE, OK],
      ['begin', 'd', DELETE],
    ] as const
    expect(broken(...before, [read(), MMIO], ['end', 'd', OK], [CREATE, OK])).toEqual([])
    expect(
      broken(...before, ['end', 'd', OK], ['begin', 'c', CREATE], [read(), MMIO], ['end', 'c', OK]),
    ).toEqual([])
    expect(broken(...before, ['end', 'd', OK], [CREATE, OK], [read(), MMIO])).toEqual(['no-hole'])
  })

  it('may have a hole while a slot moves over its own range, and none while its log is switched', () => {
    const move = call(A, slot(0x100, 1, 1))
    const unlog = call(A, slot(0x100, 0))
    const amid = (o: Operation, seen: Seen) =>
      broken([CREATE, OK], ['begin', 'm', o], [read(2), seen], ['end', 'm', OK])
    expect(amid(move, MMIO)).toEqual([])
    expect(amid(move, page(0x102))).toEqual([])
    expect(amid(move, page(0x101))).toEqual([])
    expect(amid(move, page(0x103))).toEqual(['two-maps'])
    expect(amid(unlog, MMIO)).toEqual(['no-hole'])
  })

  it('breaks two-maps where memory is read that no slot leads to', () => {
    expect(broken([CREATE, OK], [read(), page(0x200)])).toEqual(['two-maps'])
    expect(broken([CREATE, OK], [DELETE, OK], [read(), page(0x100)])).toEqual(['two-maps'])
  })

  it('breaks dirty-complete where the next GET does not tell a write', () => {
    expect(broken([CREATE, OK], [write(2), DATA], [GET, bits(1)])).toEqual(['dirty-complete'])
    expect(broken([CREATE, OK], [write(2), DATA], [GET, bits(2)])).toEqual([])
  })

  it('breaks dirty-complete where a log ends that was not fetched since a write', () => {
    expect(broken([CREATE, OK], [write(2), DATA], [DELETE, OK])).toEqual(['dirty-complete'])
    expect(broken([CREATE, OK], [write(2), DATA], [GET, bits(2)], [DELETE, OK])).toEqual([])
    expect(
      broken(
        [CREATE, OK],
        [GET, bits()],
        [read(), page(0x100)],
        [write(2), DATA],
        [CREATE, OK],
        [DELETE, OK],
      ),
    ).toEqual(['dirty-complete'])
  })

  it('lets a write be lost that completes after the GET, which no VMM can help', () => {
    expect(broken([CREATE, OK], [GET, bits()], [write(2), DATA], [DELETE, OK])).toEqual([])
  })

  it('keeps the log of a slot that moves', () => {
    const move = call(A, slot(0x100, 1, 4))
    expect(broken([CREATE, OK], [write(2), DATA], [move, OK], [GET, bits(2)])).toEqual([])
    expect(broken([CREATE, OK], [write(2), DATA], [move, OK], [GET, bits()])).toEqual(['dirty-complete'])
  })

  it('is broken where a call that must succeed fails, and goes on from the slots before it', () => {
    expect(broken([CREATE, OK], [DELETE, { is: 'error', errno: 'EINVAL' }])).toEqual(['broke'])
  })
})
