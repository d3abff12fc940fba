import { describe, expect, it } from 'vitest'
import type { TraceRecord } from '../../../oracle/wire/record.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import { batchTo, type Layout } from './layout.js'
import { brokenIn } from './run-script.js'
import { TAG_BYTES, tagFor } from './tag.js'

/** A history as a test writes it: operations begin by `+name` and end by `-name`. */
const history = () => {
  const records: TraceRecord[] = []
  const numbers = new Map<string, number>()
  const self = {
    records,
    begin: (name: string, operation: Operation) => {
      const n = records.length + 1
      numbers.set(name, n)
      const isCall = operation.op === 'batch' || operation.op === 'get-dirty'
      records.push({ ev: isCall ? 'call' : 'access', n, tid: n, operation } as TraceRecord)
      return self
    },
    end: (name: string, seen: Seen) => {
      const of = numbers.get(name) ?? 0
      records.push(seen.is === 'access' ? { ev: 'access-end', of, seen } : { ev: 'return', of, seen })
      return self
    },
    waited: (name: string) => {
      records.push({ ev: 'access-wait', of: numbers.get(name) ?? 0 })
      return self
    },
    broken: () => brokenIn(records).map(({ property }) => property),
  }
  return self
}

const slot = (page: number, flags = 0, npages = 4): Layout => [{ id: 1, base: 0, npages, page, flags }]
const read = (gfn = 0, offset = 0): Operation => ({ op: 'read', vcpu: 0, gfn, offset, size: TAG_BYTES })
const write = (gfn = 0): Operation => ({ op: 'write', vcpu: 0, gfn, offset: 8, data: '01' })
const GET: Operation = { op: 'get-dirty', as: 0, id: 1 }
const ok: Seen = { is: 'ok', retired: [] }
const data = (value: number): Seen => ({ is: 'access', end: 'data', data: tagFor(value) })
const wrote: Seen = { is: 'access', end: 'data' }
const mmio: Seen = { is: 'access', end: 'mmio' }
const at = (layout: Layout) =>
  history()
    .begin('first', batchTo(0, [], layout))
    .end('first', ok)
const A = slot(0x100)
const B = slot(0x200)

describe('a history of which the values tell', () => {
  it('breaks no-hole where an access finds a hole that neither set has', () => {
    const during = (end: Seen) =>
      at(A)
        .begin('b', batchTo(0, A, B))
        .begin('r', read())
        .end('r', end)
        .end('b', ok)
        .broken()
    expect(during(mmio)).toEqual(['no-hole'])
    expect(during(data(0x100))).toEqual([])
    expect(during(data(0x200))).toEqual([])
    expect(during(data(0x300))).toEqual(['two-maps'])
  })

  it('breaks two-maps where the old set is seen after the return, or after the new one was seen', () => {
    expect(
      at(A)
        .begin('b', batchTo(0, A, B))
        .end('b', ok)
        .begin('r', read())
        .end('r', data(0x100))
        .broken(),
    ).toEqual(['two-maps'])
    const inside = at(A)
      .begin('b', batchTo(0, A, B))
      .begin('r', read())
      .end('r', data(0x200))
    expect(inside.begin('s', read(1)).end('s', data(0x101)).broken()).toEqual(['two-maps'])
  })

  it('breaks a promise where a page is written to which no slot leads for writing any more', () => {
    const shown: Layout = [{ id: 2, base: 0x400, npages: 4, page: 0x100, flags: 2 }]
    const written = (next: Layout) =>
      at([...A, ...shown])
        .begin('w', write())
        .begin('b', batchTo(0, A, next))
        .end('b', ok)
        .begin('r', read(0x400, 8))
        .end('r', data(0))
        .begin('s', read(0x400, 8))
        .end('s', data(1))
        .end('w', wrote)
        .broken()
    expect(written(B)).toEqual(['write-coherent'])
    expect(written(slot(0x100, 2))).toEqual(['two-maps'])
  })

  it('breaks dirty-complete where neither the next harvest nor the end of logging tells a write', () => {
    const L = slot(0x100, 1)
    const bits = (...pages: readonly number[]): Seen => ({ is: 'ok', bits: pages.map(page => [page, 1]) })
    const written = () => at(L).begin('w', write(2)).end('w', wrote)
    expect(written().begin('g', GET).end('g', bits(1)).broken()).toEqual(['dirty-complete'])
    expect(written().begin('g', GET).end('g', bits(2)).broken()).toEqual([])
    expect(
      written()
        .begin('b', batchTo(0, L, B))
        .end('b', ok)
        .broken(),
    ).toEqual(['dirty-complete'])
    const retired: Seen = { is: 'ok', retired: [{ id: 1, base: 0, npages: 4, count: 1, bits: [[2, 1]] }] }
    expect(
      written()
        .begin('b', batchTo(0, L, B))
        .end('b', retired)
        .broken(),
    ).toEqual([])
  })

  it('lets the harvest that a write overlaps tell it before it has completed', () => {
    const told: Seen = { is: 'ok', bits: [[2, 1]] }
    const early = at(slot(0x100, 1)).begin('w', write(2)).begin('g', GET).end('g', told).end('w', wrote)
    expect(early.begin('h', GET).end('h', { is: 'ok', bits: [] }).broken()).toEqual([])
  })

  it('breaks undisturbed where an access waits that no update owes', () => {
    const L = slot(0x100, 2)
    const waiting = (operation: Operation, next: Layout, end: Seen) =>
      at(A)
        .begin('b', batchTo(0, A, next))
        .begin('r', operation)
        .waited('r')
        .end('b', ok)
        .end('r', end)
        .broken()
    expect(waiting(read(), L, data(0x100))).toEqual(['undisturbed'])
    expect(waiting(write(), L, mmio)).toEqual([])
    expect(waiting(read(), B, data(0x200))).toEqual([])
  })

  it('is broken where a batch that must succeed fails', () => {
    expect(
      at(A)
        .begin('b', batchTo(0, A, B))
        .end('b', { is: 'error', errno: 'EINVAL' })
        .broken(),
    ).toEqual(['broke'])
  })
})
