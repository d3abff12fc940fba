import { describe, expect, it } from 'vitest'
import { fairLassoLength, faultOfLasso } from '../examples/by-definition.js'
import { type Arrow, drawn } from '../examples/drawn.js'
import { peterson, testAndSet, waitingEnds } from '../examples/mutual-exclusion.js'
import { holdersEat, philosophers, roundTable } from '../examples/philosophers.js'
import { drawMachine } from '../examples/random-processes.js'
import { selfishRing, tokenRing, wantingEnds } from '../examples/token-ring.js'
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

  it('fails where an actor waits and no actor can move', () => {
    expect(path(decide(['a', 0, 'b'], ['b', 0, 'c?']))).toEqual({
      steps: 'b c?',
      cycle: '',
      why: 'actor 9 waits and no actor can move',
    })
  })

  it('holds in a state without steps where no actor waits', () => {
    expect(decide(['a', 0, 'b?'], ['b?', 0, 'c'])).toBe(true)
  })

  it('fails on a fair cycle, where every actor that can always move does', () => {
    const run = decide(['a', 0, 'b?'], ['b?', 0, 'c?'], ['c?', 1, 'b?'])
    expect(path(run)).toEqual({
      steps: 'b?',
      cycle: 'c? b?',
      why: 'actor 9 waits for ever, though every actor is treated fairly',
    })
  })

  it('holds on an unfair cycle, where an actor that can always move does not', () => {
    expect(decide(['b?', 0, 'c?'], ['c?', 0, 'b?'], ['b?', 1, 'd'], ['c?', 1, 'd'])).toBe(true)
  })

  it('fails on a cycle without an actor that can move only at times: weak fairness owes it nothing', () => {
    const run = decide(['b?', 0, 'c?'], ['c?', 0, 'b?'], ['b?', 1, 'd'])
    expect(path(run)).toMatchObject({ steps: '', cycle: 'c? b?' })
  })

  it('fails on a cycle where an actor that can always move does so by another of its steps', () => {
    const run = decide(['b?', 0, 'c?'], ['c?', 0, 'b?'], ['b?', 1, 'd'], ['c?', 1, 'd'], ['c?', 1, 'c?'])
    expect(path(run)).toMatchObject({ steps: '', cycle: 'c? c? b?' })
  })

  it('holds where two actors wait alternately, and neither all along', () => {
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

  it('fails by the path and cycle that are shortest together', () => {
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

  it('is inconclusive in a search that is cut short, but fails where the whole cycle was found', () => {
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

  it('throws where states that swap actors have one name', () => {
    const ask = () => explore(roundTable(3), { safety: [], liveness: [holdersEat], reduce: false })
    expect(ask).toThrow('liveness cannot be decided')
  })
})

describe('a textbook system', () => {
  const live = { safety: [], reduce: false } as const

  it('of Peterson’s algorithm lets every process in', () => {
    expect(only(explore(peterson('none'), { ...live, liveness: [waitingEnds] }))).toBe(true)
  })

  it('of a test-and-set lock may leave a process waiting for ever', () => {
    const run = only(explore(testAndSet(), { ...live, liveness: [waitingEnds] })) as Run<unknown>
    expect(run.steps.map(s => `${s.rule} ${s.actor}`)).toEqual(['lock.want 0'])
    expect(run.cycle?.map(s => `${s.rule} ${s.actor}`)).toEqual([
      'lock.want 1',
      'lock.take 1',
      'lock.leave 1',
    ])
  })

  it('of a token ring serves every station if the token is passed on, and not if it may be kept', () => {
    for (const n of [2, 3, 5]) {
      expect(only(explore(tokenRing(n), { ...live, liveness: [wantingEnds] }))).toBe(true)
      expect(only(explore(selfishRing(n), { ...live, liveness: [wantingEnds] }))).toMatchObject({
        shortest: true,
      })
    }
  })

  it('of philosophers may leave one with a fork waiting for ever', () => {
    const run = only(explore(philosophers(4), { ...live, liveness: [holdersEat] })) as Run<unknown>
    expect(run.steps).toHaveLength(4)
    expect(run.why).toBe('actor 0 waits and no actor can move')
  })
})

it('a liveness verdict, its length and its run agree with the definition on six hundred random machines', () => {
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
