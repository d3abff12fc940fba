import { describe, expect, it } from 'vitest'
import { below, deleteOf, machineWith, pick, type Random, seeded, setOf } from '../../spec/generate/index.js'
import type { Operation, PlainOperation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { effectsOf } from '../effects.js'
import { answerTo } from '../generate/answer.js'
import { drawn } from '../generate/history.js'
import { judged, whole } from '../generate/records.js'
import type { Deviation } from './deviation.js'
import { explainDeviation } from './deviation.js'
import { renderDeviation } from './render.js'

const OK: Seen = { is: 'ok' }
const failed = (errno: string): Seen => ({ is: 'error', errno })

/** The one deviation of a history whose last answer is wrong. */
const last = (...steps: readonly (readonly [Operation, Seen])[]): Deviation => {
  const { deviations } = judged({}, ...steps.map(([operation, seen], n) => whole(n, operation, seen)))
  expect(deviations.map(d => d.n)).toEqual([steps.length - 1])
  return deviations[0] as Deviation
}

const SLOT = setOf([0, 0, 4, 16])
const rulesOf = (deviation: Deviation) => deviation.refuted.map(({ rule }) => rule)

describe('a deviation refutes every rule of the family', () => {
  it('by name, each with the first of its premises that fails and the values it failed on', () => {
    const { refuted } = last([SLOT, OK], [setOf([1, 2, 4, 64]), OK])
    expect(refuted.every(({ rule }) => rule.startsWith('set.'))).toBe(true)
    expect(new Set(refuted.map(({ rule }) => rule)).size).toBe(refuted.length)
    const create = refuted.find(({ rule }) => rule === 'set.create')
    expect(create).toMatchObject({ wouldExplain: true, failing: 1, reason: { premise: 'range-free' } })
    expect(create?.reason.values).toMatchObject({ wanted: { base: 2, npages: 4 }, other: { id: 0 } })
  })

  it('the nearest first: the one that would explain the answer if one more premise held', () => {
    expect(rulesOf(last([SLOT, OK], [setOf([1, 2, 4, 64]), OK]))[0]).toBe('set.create')
    expect(rulesOf(last([SLOT, OK], [setOf([0, 0, 5, 16]), OK])).slice(0, 1)).toEqual(['set.no-op'])
    expect(rulesOf(last([deleteOf(3), OK]))[0]).toBe('set.delete')
    expect(rulesOf(last([SLOT, failed('EEXIST')]))[0]).toBe('set.overlap')
  })

  it('and the one that applies, by the premise on which its result and the answer disagree', () => {
    const wrong = last([SLOT, { is: 'ok', generation: 7 }])
    const applies = wrong.refuted.find(({ rule }) => rule === 'set.create')
    expect(applies).toMatchObject({ failing: 0, wouldExplain: false, reason: { premise: 'same-generation' } })
    expect(applies?.reason.values).toEqual({ expected: 2, seen: 7 })
    const kind = last([SLOT, failed('EINVAL')]).refuted.find(({ rule }) => rule === 'set.create')
    expect(kind?.reason).toMatchObject({ premise: 'same-kind', values: { seen: 'EINVAL' } })
  })

  it('with the premise that had to fail where one had to', () => {
    const overlap = last([SLOT, failed('EEXIST')]).refuted.find(({ rule }) => rule === 'set.overlap')
    expect(overlap?.reason).toMatchObject({ premise: 'range-free', mustFail: true })
  })
})

describe('a deviation has three differences', () => {
  it('of what the answer implies, how that differs from what is allowed, and what should have happened', () => {
    expect(last([SLOT, OK], [setOf([1, 2, 4, 64]), OK]).differences).toEqual({
      beforeToSeen: ['space 0: slot 1 appears: gpa 0x2000, 4 pages, hva 0x40000', 'space 0: 1 swap'],
      seenToAllowed: [
        'seen success, nearest allowed EEXIST',
        'space 0: slot 1 goes: gpa 0x2000, 4 pages, hva 0x40000',
        'space 0: 1 swap fewer',
      ],
      beforeToAllowed: ['nothing changes'],
    })
  })

  it('and says where no rule gives such an answer', () => {
    const { differences } = last([SLOT, failed('EDOM')])
    expect(differences.beforeToSeen).toEqual(['no rule of the family gives such an answer'])
    expect(differences.beforeToAllowed).toHaveLength(2)
  })
})

describe('a deviation can be rendered', () => {
  const seenBy = (r: Random, kind: number, result: Seen): Seen =>
    [failed(pick(r, ['EINVAL', 'EEXIST', 'EDOM'])), OK, { is: 'access', end: 'mmio' } as const, result][
      kind
    ] as Seen

  it('for random operations, machines and answers', () => {
    const r = seeded(17)
    for (let n = 0; n < 1200; n++) {
      const cells = machineWith(r, { errors: n % 4 === 0 ? 'loose' : 'strict' })
      const operation = drawn(r, cells)
      const allowed = effectsOf(cells, operation).map(({ result }) => result)
      const other = effectsOf(cells, drawn(r, cells, (operation as PlainOperation).op))
      const seen = seenBy(r, below(r, 4), answerTo(r, pick(r, other).result))
      const found = { line: 1, n: 1, tid: 0, before: cells, operation, seen, allowed, chosen: null }
      const text = renderDeviation(explainDeviation(found), { full: true })
      expect(text).not.toMatch(/undefined|NaN|\[object/)
    }
  })
})
