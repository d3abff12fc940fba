import { describe, expect, it } from 'vitest'
import { fairLassoLength, faultOfLasso } from '../examples/by-definition.js'
import { type Arrow, drawn } from '../examples/drawn.js'
import { peterson, testAndSet, whoeverWaitsEnters } from '../examples/mutual-exclusion.js'
import { everyoneWhoHoldsEats, philosophers, roundTable } from '../examples/philosophers.js'
import { drawMachine } from '../examples/random-processes.js'
import { selfishRing, tokenRing, whoeverWantsEnters } from '../examples/token-ring.js'
import { explore } from '../explore.js'
import { lengthOf, type Result, type Run } from '../result.js'
import type { LivenessProperty } from '../system.js'

/** Actor 9 waits in states written with a question mark. */
const waits: LivenessProperty<{ at: string }> = {
  name: 'waits',
  pending: ({ at }) => (at.includes('?') ? [9] : []),
}

const only = <C>(result: Result<C>): Run<C> | boolean | 'inconclusive' => {
  const [verdict] = result.verdicts.values()
  return verdict?.holds === false ? verdict.run : (verdict?.holds ?? 'inconclusive')
}
const decide = (...arrows: readonly Arrow[]) =>
  only(explore(drawn(...arrows), { safety: [], liveness: [waits], reduce: false }))
const path = (run: unknown) => {
  const { steps, cycle } = run as Run<{ at: string }>
  const names = (part: Run<{ at: string }>['steps'] = []) => part.map(({ cells }) => cells.at).join(' ')
  return { steps: names(steps), cycle: names(cycle), why: (run as Run<unknown>).why }
}

describe('a liveness property', () => {
  it('holds where waiting ends', () => {
    expect(decide(['a', 0, 'b?'], ['b?', 0, 'c'], ['c', 0, 'a'])).toBe(true)
  })

  it('fails where somebody waits and nobody can move', () => {
    expect(path(decide(['a', 0, 'b'], ['b', 0, 'c?']))).toEqual({
      steps: 'b c?',
      cycle: '',
      why: 'actor 9 waits and nobody can move',
    })
  })

  it('is not broken by a state at rest where nobody waits', () => {
    expect(decide(['a', 0, 'b?'], ['b?', 0, 'c'])).toBe(true)
  })

  it('fails on a fair cycle: all that can always move do move', () => {
    const run = decide(['a', 0, 'b?'], ['b?', 0, 'c?'], ['c?', 1, 'b?'])
    expect(path(run)).toEqual({
      steps: 'b?',
      cycle: 'c? b?',
      why: 'actor 9 waits for ever, though every actor is treated fairly',
    })
  })

  it('is not broken by an unfair cycle: an actor that could always move is ignored', () => {
    expect(decide(['b?', 0, 'c?'], ['c?', 0, 'b?'], ['b?', 1, 'd'], ['c?', 1, 'd'])).toBe(true)
  })

  it('fails where that actor can move only from time to time: weak fairness owes it nothing', () => {
    const run = decide(['b?', 0, 'c?'], ['c?', 0, 'b?'], ['b?', 1, 'd'])
    expect(path(run)).toMatchObject({ steps: '', cycle: 'c? b?' })
  })

  it('fails where that actor moves within the cycle after all, if only by another of its steps', () => {
    const run = decide(['b?', 0, 'c?'], ['c?', 0, 'b?'], ['b?', 1, 'd'], ['c?', 1, 'd'], ['c?', 1, 'c?'])
    expect(path(run)).toMatchObject({ steps: '', cycle: 'c? c? b?' })
  })

  it('is not broken where two actors wait by turns, but neither all along', () => {
    const turns: LivenessProperty<{ at: string }> = {
      name: 'turns',
      pending: ({ at }) => (at === 'a' ? [1] : [2]),
    }
    const system = drawn(['a', 0, 'b'], ['b', 0, 'a'])
    expect(only(explore(system, { safety: [], liveness: [turns], reduce: false }))).toBe(true)
  })

  it('counts a step that changes nothing as a cycle', () => {
    expect(path(decide(['a', 0, 'b?'], ['b?', 0, 'b?']))).toMatchObject({ steps: 'b?', cycle: 'b?' })
  })

  it('prefers the way and cycle that are shortest together', () => {
    const run = decide(
      ['a', 0, 'l1?'],
      ['l1?', 0, 'l2?'],
      ['l2?', 0, 'l3?'],
      ['l3?', 0, 'l4?'],
      ['l4?', 0, 'l1?'],
      ['a', 0, 'b'],
      ['b', 0, 's?'],
      ['s?', 0, 's?'],
    )
    expect(path(run)).toMatchObject({ steps: 'b s?', cycle: 's?' })
    expect(run).toMatchObject({ shortest: true })
  })

  it('is decided beside safety properties in one search', () => {
    const system = drawn(['a', 0, 'bad?'], ['bad?', 0, 'bad?'])
    const safety = [{ name: 'bad', violated: ({ at }: { at: string }) => (at === 'bad?' ? 'bad' : null) }]
    const { verdicts, complete } = explore(system, { safety, liveness: [waits], reduce: true })
    expect([...verdicts.values()].map(v => v.holds)).toEqual([false, false])
    expect(complete).toBe(true)
  })

  it('is inconclusive in a search cut short, but fails where the cycle was seen whole', () => {
    const cut = (maxStates: number, ...arrows: readonly Arrow[]) =>
      only(explore(drawn(...arrows), { safety: [], liveness: [waits], reduce: false, maxStates }))
    const line: readonly Arrow[] = [
      ['a', 0, 'b?'],
      ['b?', 0, 'c?'],
      ['c?', 0, 'd'],
    ]
    expect(cut(2, ...line)).toBe('inconclusive')
    expect(cut(4, ...line)).toBe(true)
    expect(cut(2, ['a', 0, 'b?'], ['b?', 0, 'b?'], ['b?', 0, 'c'])).toMatchObject({ shortest: false })
  })

  it('is refused where one name stands for states that differ in who does what', () => {
    const ask = () => explore(roundTable(3), { safety: [], liveness: [everyoneWhoHoldsEats], reduce: false })
    expect(ask).toThrow('liveness cannot be decided')
  })
})

describe('the classics', () => {
  const live = { safety: [], reduce: false } as const

  it('Peterson lets everyone in at last', () => {
    expect(only(explore(peterson('none'), { ...live, liveness: [whoeverWaitsEnters] }))).toBe(true)
  })

  it('a plain lock does not: it may be taken each time one looks', () => {
    const run = only(explore(testAndSet(), { ...live, liveness: [whoeverWaitsEnters] })) as Run<unknown>
    expect(run.steps.map(s => `${s.rule} ${s.actor}`)).toEqual(['lock.want 0'])
    expect(run.cycle?.map(s => `${s.rule} ${s.actor}`)).toEqual([
      'lock.want 1',
      'lock.take 1',
      'lock.leave 1',
    ])
  })

  it('a token that is passed on serves everyone; one that may be kept does not', () => {
    for (const n of [2, 3, 5]) {
      expect(only(explore(tokenRing(n), { ...live, liveness: [whoeverWantsEnters] }))).toBe(true)
      expect(only(explore(selfishRing(n), { ...live, liveness: [whoeverWantsEnters] }))).toMatchObject({
        shortest: true,
      })
    }
  })

  it('philosophers who hold a fork may wait for ever', () => {
    const run = only(explore(philosophers(4), { ...live, liveness: [everyoneWhoHoldsEats] })) as Run<unknown>
    expect(run.steps).toHaveLength(4)
    expect(run.why).toBe('actor 0 waits and nobody can move')
  })
})

it('agrees with the definition, on six hundred machines drawn from seeds: verdict, length, and the run itself', () => {
  let failed = 0
  let round = 0
  for (let seed = 0; seed < 600; seed++) {
    const { system, liveness } = drawMachine(seed)
    const run = only(explore(system, { safety: [], liveness: [liveness], reduce: false }))
    const expected = fairLassoLength(system, liveness)
    if (typeof run !== 'object') expect([seed, run, expected]).toEqual([seed, true, null])
    else {
      failed++
      if (run.cycle !== undefined) round++
      expect([seed, lengthOf(run)]).toEqual([seed, expected])
      expect([seed, faultOfLasso(system, liveness, run)]).toEqual([seed, null])
    }
  }
  expect(failed).toBeGreaterThan(100)
  expect(failed).toBeLessThan(550)
  expect(round).toBeGreaterThan(50)
})
