import { describe, expect, it } from 'vitest'
import { deleteOf, machineWith, seeded, setOf } from '../../spec/generate/index.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { effectsOf } from '../effects.js'
import { drawn, historyOf, SMALL } from '../generate/history.js'
import { begins, ends, judged, traceOf, whole } from '../generate/records.js'
import { checker, checkTrace } from './checker.js'

const OK: Seen = { is: 'ok' }
const failed = (errno: string): Seen => ({ is: 'error', errno })

describe('a history of one thread', () => {
  it.each([
    ['exact', {}],
    ['inexact', { exact: false }],
    ['loose', { errors: 'loose' }],
    ['where memory is scarce', { allocations: 'may fail' }],
    ['where a batch may have no entry', { maxEntries: 0 }],
    ['with one space', { spaces: 1 }],
    ['with five spaces', { spaces: 5 }],
    ['with guest_memfd and without read-only memory', { guestMemfd: true, readonlyMem: false }],
  ] as const)('that the specification answered conforms: %s', (_, config) => {
    for (let seed = 1; seed <= 60; seed++) {
      const { records } = historyOf(seeded(seed), 40, { ...SMALL, ...config })
      const verdict = checkTrace(traceOf({ ...SMALL, ...config }, ...records))
      expect([seed, verdict.is, verdict.remarks]).toEqual([seed, 'conforms', []])
      expect(verdict.calls).toBe(40)
    }
  })

  it('with a wrong answer to every operation deviates at every one, in one check', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { records } = historyOf(seeded(seed), 30)
      const wrong = records.map(record => ('seen' in record ? ends(record.of, failed('EDOM')) : record))
      const { is, deviations } = checkTrace(traceOf(SMALL, ...wrong))
      expect([is, deviations.map(d => d.n)]).toEqual(['deviates', Array.from({ length: 30 }, (_, n) => n)])
    }
  })

  it('with one wrong answer deviates there and nowhere else', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { records } = historyOf(seeded(seed), 30)
      const n = seed % 30
      const wrong = records.map(r => ('seen' in r && r.of === n ? ends(n, failed('EDOM')) : r))
      const { deviations } = checkTrace(traceOf(SMALL, ...wrong))
      expect(deviations.map(d => d.n)).toEqual([n])
    }
  })
})

describe('a check', () => {
  it('does not judge what a success leaves out', () => {
    const { is } = judged({}, whole(1, setOf([0, 0, 4, 0]), OK), whole(2, deleteOf(0), OK))
    expect(is).toBe('conforms')
  })

  it('reports for each deviation the line, number, thread, operation, answer and what was allowed', () => {
    const set = setOf([0, 0, 4, 0])
    const { deviations } = judged({}, whole(1, set, OK), begins(7, set, 3), ends(7, failed('EEXIST')))
    expect(deviations).toHaveLength(1)
    expect(deviations[0]).toMatchObject({ line: 5, n: 7, tid: 3, operation: set, seen: failed('EEXIST') })
    expect(deviations[0]?.allowed).toEqual([{ is: 'done', generation: 2 }])
  })

  it('goes on from what should have happened: a slot refused by mistake is there', () => {
    const found = { id: 0, page: 1, hva: u64(0x1000), ro: false, log: false }
    const { deviations } = judged(
      {},
      whole(1, setOf([0, 0, 4, 0]), failed('EINVAL')),
      whole(2, { op: 'lookup', as: 0, gfn: 1 }, { is: 'ok', found }),
      whole(3, { op: 'lookup', as: 0, gfn: 4 }, { is: 'ok', found }),
      whole(4, { op: 'lookup', as: 0, gfn: 4 }, { is: 'ok', found: null }),
    )
    expect(deviations.map(d => d.n)).toEqual([1, 3])
  })

  it('goes on from every answer that was allowed, where there were several', () => {
    const config = { allocations: 'may fail' } as const
    const wrong = whole(1, setOf([0, 0, 4, 0]), failed('EINVAL'))
    const there: Operation = { op: 'hva-range', hva: u64(0), size: u64(1) }
    const yes: Seen = { is: 'ok', ranges: [{ as: 0, id: 0, gfn: 0, npages: 1 }] }
    const no: Seen = { is: 'ok', ranges: [] }
    expect(judged(config, wrong, whole(2, there, yes)).deviations).toHaveLength(1)
    expect(judged(config, wrong, whole(2, there, no)).deviations).toHaveLength(1)
    expect(judged(config, wrong, whole(2, there, yes), whole(3, there, no)).deviations).toHaveLength(2)
  })

  it('says at each record whether it deviates, and which machines are left', () => {
    const check = checker(machineWith(seeded(1), { spaces: 2, slotLimit: 8 }).params)
    const [begin, end] = whole(1, { op: 'create-vcpu', vcpu: 0 }, failed('EEXIST'))
    expect(check.record(begin as never, 1)).toBeNull()
    expect(check.possible().map(cells => cells.vcpus)).toEqual([[]])
    expect(check.record(end as never, 2)).toMatchObject({ n: 1, line: 2 })
    expect(check.possible().map(cells => cells.vcpus)).toEqual([[{ id: 0, space: 0 }]])
  })
})

describe('an operation without a rule', () => {
  it('is not found among random operations on random machines', () => {
    const r = seeded(99)
    for (let n = 0; n < 4000; n++) {
      const cells = machineWith(r, { errors: n % 2 === 0 ? 'strict' : 'loose' })
      const operation = drawn(r, cells)
      expect([operation.op, effectsOf(cells, operation).length > 0]).toEqual([operation.op, true])
    }
  })

  it('is not found in profile linux either, where a batch is an unknown ioctl', () => {
    const batch: Operation = { op: 'batch', as: 0, flags: 0, resultSize: u64(0), entries: [] }
    expect(judged({ profile: 'linux' }, whole(1, batch, OK))).toMatchObject({ is: 'deviates' })
    const refused: Seen = { is: 'error', errno: 'ENOTTY' }
    expect(judged({ profile: 'linux' }, whole(1, batch, refused))).toMatchObject({ is: 'conforms' })
  })
})
