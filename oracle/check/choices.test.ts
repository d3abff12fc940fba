import { describe, expect, it } from 'vitest'
import { seeded, setOf } from '../../spec/generate/index.js'
import { initialMachine } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { accept, effectsOf } from '../effects.js'
import { answerTo } from '../generate/answer.js'
import { drawn, SMALL } from '../generate/history.js'
import { begins, complete, ends, follows, judged, traceOf, whole } from '../generate/records.js'
import { renderDeviation } from '../verdict/render.js'
import { parametersOf } from '../wire/config.js'
import type { TraceRecord } from '../wire/record.js'
import { checkTrace } from './checker.js'

const OK: Seen = { is: 'ok' }
const NO_MEMORY: Seen = { is: 'error', errno: 'ENOMEM' }
const SET = setOf([0, 0, 4, 0])
const SCARCE = { allocations: 'may fail' } as const
const look: Operation = { op: 'lookup', as: 0, gfn: 0 }
const hole: Seen = { is: 'ok', found: null }

/** A call that says which rule it follows before it returns. */
const chosen = (n: number, operation: Operation, rule: string, seen: Seen): readonly TraceRecord[] => [
  begins(n, operation),
  follows(n, rule),
  ends(n, seen),
]

describe('an operation that records the rule it follows', () => {
  it('deviates where another rule would allow its answer, but not this one', () => {
    expect(judged(SCARCE, whole(1, SET, NO_MEMORY)).is).toBe('conforms')
    expect(judged(SCARCE, chosen(1, SET, 'set.memory-scarce', NO_MEMORY)).is).toBe('conforms')
    const { deviations } = judged(SCARCE, chosen(1, SET, 'set.create', NO_MEMORY))
    expect(deviations.map(d => [d.chosen, d.allowed])).toEqual([
      ['set.create', [{ is: 'done', generation: 2 }]],
    ])
  })

  it('leaves one candidate where there would be two', () => {
    const wrong: Seen = { is: 'error', errno: 'EINVAL' }
    const deviationsAfter = (rule: string) =>
      judged(SCARCE, chosen(1, SET, rule, wrong), whole(2, look, hole)).deviations
    expect(deviationsAfter('set.memory-scarce').map(d => d.n)).toEqual([1])
    expect(deviationsAfter('set.create').map(d => d.n)).toEqual([1, 2])
  })

  it('deviates where the rule does not apply, even if the answer is right, and is no spec-error', () => {
    const { is, deviations } = judged({}, chosen(1, SET, 'set.move', OK), whole(2, look, hole))
    expect([is, deviations.map(d => d.n)]).toEqual(['deviates', [1, 2]])
    const text = renderDeviation(deviations[0] as never)
    expect(text).toContain('recorded choice   set.move')
    expect(text).toContain('refuted\n    set.move needs slot-exists, but the space has no slot of this id')
    expect(text).toContain('set.create needs as-recorded, but the rule that was recorded is another one')
  })

  it('deviates where no rule has that name', () => {
    expect(judged({}, chosen(1, SET, 'set.magic', OK)).deviations[0]?.chosen).toBe('set.magic')
  })

  it('may record it after another call has already observed the effect', () => {
    const late = (rule: string) =>
      judged(
        SCARCE,
        begins(1, SET),
        whole(2, look, hole),
        follows(1, rule),
        ends(1, rule === 'set.create' ? OK : NO_MEMORY),
      )
    expect([late('set.create').is, late('set.memory-scarce').is]).toEqual(['conforms', 'conforms'])
    const seen = { is: 'ok', found: { id: 0, page: 0, hva: 0n as never, ro: false, log: false } } as const
    const there = [begins(1, SET), whole(2, look, seen)]
    expect(judged(SCARCE, ...there, follows(1, 'set.create'), ends(1, OK)).is).toBe('conforms')
    expect(judged(SCARCE, ...there, follows(1, 'set.memory-scarce'), ends(1, NO_MEMORY)).is).toBe('deviates')
  })

  it('is judged by it, even if it is recorded late and other rules give the same answer', () => {
    const twice = setOf([0, 0, 4, 0], { size: 1n as never, gpa: 1n as never })
    const refused: Seen = { is: 'error', errno: 'EINVAL' }
    const late = (rule: string) =>
      judged({ errors: 'loose' }, begins(1, twice), whole(2, look, hole), follows(1, rule), ends(1, refused))
        .is
    expect(['set.size', 'set.gpa', 'set.hva'].map(late)).toEqual(['conforms', 'conforms', 'deviates'])
  })

  it('fixes the order of overlapping calls that all record their rules', () => {
    const other = setOf([1, 2, 4, 64])
    const two = [begins(1, SET), begins(2, other, 1), follows(1, 'set.overlap'), follows(2, 'set.create')]
    const refused: Seen = { is: 'error', errno: 'EEXIST' }
    expect(judged({}, ...two, ends(1, refused), ends(2, OK))).toMatchObject({ is: 'conforms', width: 1 })
    expect(judged({}, ...two, ends(1, OK), ends(2, refused)).deviations.map(d => d.n)).toEqual([1, 2])
  })
})

describe('a choice record', () => {
  it('of anything but a rule has no effect on the check', () => {
    const map: TraceRecord = { ev: 'choice', what: 'map', of: 1, value: 'set.move' }
    expect(judged({}, begins(1, SET), map, ends(1, OK)).is).toBe('conforms')
  })

  it('for every operation leaves one candidate throughout a history', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const r = seeded(seed)
      const config = { ...SMALL, ...SCARCE, errors: 'loose' } as const
      const records: TraceRecord[] = []
      let cells = initialMachine(parametersOf(config))
      for (let n = 0; n < 30; n++) {
        const operation = drawn(r, cells)
        const effect = effectsOf(cells, operation).at(-1)
        if (effect === undefined) throw new Error(`no rule applies to ${operation.op}`)
        const seen = answerTo(r, effect.result)
        cells = accept(effect, seen) ?? cells
        records.push(...chosen(n, operation, effect.rule.id, seen))
      }
      const { is, width } = checkTrace(traceOf(config, ...records, complete))
      expect([seed, is, width]).toEqual([seed, 'conforms', 1])
    }
  })
})
