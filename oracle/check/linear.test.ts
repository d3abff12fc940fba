import { describe, expect, it } from 'vitest'
import { seeded, setOf } from '../../spec/generate/index.js'
import { answerRelation, callRelation } from '../../spec/rules/calls.js'
import { addressOf } from '../../spec/terms/numbers.js'
import type { Operation } from '../../spec/terms/operation.js'
import { defaultParameters } from '../../spec/terms/parameters.js'
import type { Seen } from '../../spec/terms/result.js'
import { historyOf, SMALL } from '../generate/history.js'
import { begins, complete, ends, traceOf, whole } from '../generate/records.js'
import type { Trace } from '../trace.js'
import type { Verdict } from '../verdict/verdict.js'
import type { TraceRecord } from '../wire/record.js'
import { checkTrace } from './checker.js'

const OK: Seen = { is: 'ok' }
const DATA: Seen = { is: 'access', end: 'data' }

const counted = (): number =>
  [callRelation(defaultParameters), answerRelation].reduce(
    (sum, { counts }) => counts.reduce((a, b) => a + b, sum),
    0,
  )

/** The verdict, and how many premises and rules were tried for it: the work, on any machine. */
const worked = (trace: Trace): Verdict & { readonly work: number } => {
  const before = counted()
  const verdict = checkTrace(trace)
  return { ...verdict, work: counted() - before }
}

/** Threads that each write and read a page of their own, round after round, all at once. */
const apart = (threads: number, rounds: number): Trace => {
  const access = (round: number, i: number): Operation =>
    round % 2 === 0
      ? { op: 'write', vcpu: i, gfn: i, offset: 0, data: 'ab' }
      : { op: 'read', vcpu: i, gfn: i, offset: 0, size: 1 }
  const at = Array.from({ length: threads }, (_, i) => i)
  const round = (k: number): readonly TraceRecord[] => [
    ...at.map(i => begins(i, access(k, i), i)),
    ...at.map(i => ends(i, DATA)).toReversed(),
  ]
  return traceOf(
    {},
    whole(1, setOf([0, 0, 64, 64, 'L']), OK),
    at.flatMap(i => whole(1, { op: 'create-vcpu', vcpu: i }, OK)),
    Array.from({ length: rounds }, (_, k) => round(k)).flat(),
    complete,
  )
}

/** Threads that each look at a slot while another thread moves it to and fro: the orders matter every time. */
const together = (threads: number, rounds: number): Trace => {
  const at = Array.from({ length: threads }, (_, i) => i)
  const look = (i: number): Operation => ({ op: 'lookup', as: 0, gfn: i })
  const found = (i: number): Seen => ({
    is: 'ok',
    found: { id: 0, page: i, hva: addressOf(64 + i), ro: false, log: false },
  })
  const round = (k: number): readonly TraceRecord[] => [
    begins(99, setOf([0, 0, 64, 64, k % 2 === 0 ? 'L' : '']), 99),
    ...at.map(i => begins(i, look(i), i)),
    // Half of them see the flag as it was, which is off in even rounds and on in odd ones.
    ...at.map(i => {
      const seen = found(i)
      const on = (i % 2 === 0) === (k % 2 === 0)
      return ends(i, seen.is === 'ok' && seen.found ? { ...seen, found: { ...seen.found, log: on } } : seen)
    }),
    ends(99, OK),
  ]
  return traceOf(
    {},
    whole(1, setOf([0, 0, 64, 64]), OK),
    Array.from({ length: rounds }, (_, k) => round(k)).flat(),
    complete,
  )
}

describe('the work of a check', () => {
  it('is linear in a trace of one thread: a trace twice as long takes twice the work', () => {
    const history = (n: number) => traceOf(SMALL, ...historyOf(seeded(4), n).records)
    const [once, twice, four] = [500, 1000, 2000].map(n => worked(history(n)).work) as [
      number,
      number,
      number,
    ]
    expect(twice / once).toBeLessThan(2.4)
    expect(four / twice).toBeLessThan(2.4)
  })

  it.each([
    ['whose accesses do not meet', apart],
    ['whose order matters', together],
  ])('is linear in a trace of three threads %s', (_, trace) => {
    const [once, twice] = [trace(3, 100), trace(3, 200)].map(worked) as [
      Verdict & { work: number },
      Verdict & { work: number },
    ]
    expect([once.is, twice.is]).toEqual(['conforms', 'conforms'])
    expect(twice.work / once.work).toBeLessThan(2.1)
    expect(twice.width).toBe(once.width)
  })

  it('is linear where an operation never ends and where answers are wrong', () => {
    const never = begins(-1, { op: 'lookup', as: 1, gfn: 3 }, 9)
    // One history may leave more open in its second half than in its first.
    const open = (n: number) =>
      [1, 2, 3, 4].reduce((sum, seed) => {
        const { records } = historyOf(seeded(seed), n)
        return sum + worked(traceOf(SMALL, never, ...records)).work
      }, 0)
    expect(open(600) / open(300)).toBeLessThan(2.5)
  })
})

describe('the candidates of a check', () => {
  it('are one for any number of calls of one thread', () => {
    const { records } = historyOf(seeded(6), 3000)
    expect(checkTrace(traceOf(SMALL, ...records))).toMatchObject({ is: 'conforms', calls: 3000, width: 1 })
  })

  it('are one for thirty rounds of twelve threads that touch different pages', () => {
    const { is, width, work } = worked(apart(12, 30))
    expect([is, width]).toEqual(['conforms', 1])
    expect(work).toBeLessThan(12 * 30 * 40)
  })

  it('are few for thirty rounds of three threads that commute, though their order may matter', () => {
    const counters = [0, 1, 2].map(i => setOf([i, 8 * i, 4, 8 * i], { as: i }))
    const round = (k: number) => [
      ...counters.map((set, i) => begins(i, { ...set, flags: k % 2 }, i)),
      ...counters.map((_, i) => ends(i, OK)),
    ]
    const rounds = Array.from({ length: 30 }, (_, k) => round(k)).flat()
    expect(worked(traceOf({ spaces: 3 }, rounds, complete))).toMatchObject({ is: 'conforms', width: 1 })
    // In one space the generations tell the orders apart, and all of them are kept until a round is over.
    const same = rounds.map(
      r => ('operation' in r ? { ...r, operation: { ...r.operation, as: 0 } } : r) as TraceRecord,
    )
    const { is, width } = worked(traceOf({}, same, complete))
    expect(is).toBe('conforms')
    expect(width).toBeLessThan(100)
  })
})
