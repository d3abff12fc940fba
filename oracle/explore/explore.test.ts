import { describe, expect, it } from 'vitest'
import { identity, search } from '../../spec/rewrite/index.js'
import { drawn } from './examples/drawn.js'
import { oneAtMostInside, peterson } from './examples/mutual-exclusion.js'
import {
  forksAreHeldOnce,
  philosophers,
  roundTable,
  someoneCanMove,
  type Table,
} from './examples/philosophers.js'
import { holderOnly, type Ring, tokenRing } from './examples/token-ring.js'
import { explore, exploreAsync, exploreEach } from './explore.js'
import type { Result, Run } from './result.js'
import type { System } from './system.js'

const nothing = { safety: [], liveness: [], reduce: false } as const

const runOf = <C>({ verdicts }: Result<C>, property: string): Run<C> => {
  const verdict = verdicts.get(property)
  if (verdict?.holds !== false) throw new Error(`${property} does not fail`)
  return verdict.run
}

describe('the number of states found', () => {
  it('is a companion Pell number for philosophers', () => {
    const pell = [6, 14, 34, 82, 198, 478, 1154]
    expect([2, 3, 4, 5, 6, 7, 8].map(n => explore(philosophers(n), nothing).states)).toEqual(pell)
  })

  it('is n·3·2ⁿ⁻¹ for a token ring', () => {
    for (const n of [2, 3, 4, 5, 8]) expect(explore(tokenRing(n), nothing).states).toBe(n * 3 * 2 ** (n - 1))
  })

  it('is that of the engine’s own search, and so is the number of steps', () => {
    for (const system of [peterson('none'), peterson('lines swapped')]) {
      const [start] = system.initial
      const { states, transitions } = search(system.relation, start!)
      expect(explore(system, nothing)).toMatchObject({ states, transitions, complete: true })
    }
  })

  it('is the number of necklaces where rotated tables have one name', () => {
    const tables: string[] = []
    const collect = (table: Table) => {
      tables.push(table.map(p => p[0]).join(''))
      return null
    }
    explore(philosophers(6), { ...nothing, safety: [{ name: 'collect', violated: collect }] })
    const turned = (name: string) => [...name].map((_, i) => name.slice(i) + name.slice(0, i)).sort()[0]
    expect(explore(roundTable(6), nothing).states).toBe(new Set(tables.map(turned)).size)
  })
})

describe('a safety property', () => {
  it('holds where no state breaks it', () => {
    const { verdicts } = explore(peterson('none'), { ...nothing, safety: [oneAtMostInside] })
    expect(verdicts.get('mutual-exclusion')).toEqual({ holds: true })
    expect(explore(tokenRing(4), { ...nothing, safety: [holderOnly] }).verdicts.get(holderOnly.name)).toEqual(
      { holds: true },
    )
  })

  it('fails with a shortest run whose steps the rules allow', () => {
    const run = runOf(
      explore(peterson('lines swapped'), { ...nothing, safety: [oneAtMostInside] }),
      'mutual-exclusion',
    )
    expect(run.steps.map(({ rule, actor }) => `${rule} ${actor}`)).toEqual([
      'peterson.first 0',
      'peterson.first 1',
      'peterson.second 1',
      'peterson.enter 1',
      'peterson.second 0',
      'peterson.enter 0',
    ])
    expect(run).toMatchObject({ why: 'both are in the critical section', shortest: true })
  })

  it('is decided in one search with properties that fail sooner', () => {
    const result = explore(philosophers(5), { ...nothing, safety: [someoneCanMove, forksAreHeldOnce] })
    expect(runOf(result, 'no-deadlock').steps).toHaveLength(5)
    expect(result.verdicts.get('one-hand-a-fork')).toEqual({ holds: true })
    expect(result.complete).toBe(true)
  })

  it('that fails last ends the search', () => {
    const result = explore(tokenRing(8), {
      ...nothing,
      safety: [{ name: 'nobody wants', violated: ({ wants }) => (wants.includes(true) ? 'wanted' : null) }],
    })
    expect(result).toMatchObject({ ended: 'decided', complete: false })
    expect(result.states).toBeLessThan(30)
  })

  it('may fail at the very start', () => {
    const result = explore(drawn(['a', 0, 'b']), {
      ...nothing,
      safety: [{ name: 'p', violated: () => 'always' }],
    })
    expect(runOf(result, 'p')).toMatchObject({ initial: { at: 'a' }, steps: [], why: 'always' })
  })

  it('that fails is shown by the lightest of its shortest runs', () => {
    const both = drawn(['a', 0, 'bad z'], ['a', 1, 'bad b'], ['a', 2, 'c'], ['c', 0, 'bad a'])
    const safety = [{ name: 'p', violated: ({ at }: { at: string }) => (at.startsWith('bad') ? at : null) }]
    const weigh = ({ steps }: Run<{ at: string }>) => steps.at(-1)?.cells.at.charCodeAt(4) ?? 0
    expect(runOf(explore(both, { ...nothing, safety }), 'p').why).toBe('bad z')
    expect(runOf(explore(both, { ...nothing, safety, weigh }), 'p').why).toBe('bad b')
  })

  it('that fails is replayed from its own start where symmetric states share a name', () => {
    const eats2: Table = ['thinks', 'thinks', 'eats', 'thinks', 'thinks']
    const system = { ...roundTable(5), initial: [eats2] }
    const run = runOf(explore(system, { ...nothing, safety: [someoneCanMove] }), 'no-deadlock')
    let table = eats2
    for (const { rule, actor, cells } of run.steps) {
      const was = rule === 'table.left' ? 'thinks' : rule === 'table.right' ? 'holds' : 'eats'
      expect(table[actor]).toBe(was)
      expect(cells.filter((p, i) => p !== table[i])).toHaveLength(1)
      table = cells
    }
    expect(run.steps).toHaveLength(6)
  })

  it('cannot be decided where one name stands for states that differ in what they can do: the search throws', () => {
    const confused = {
      ...drawn(['a', 0, 'b'], ['a', 0, 'c'], ['c', 0, 'd']),
      encode: ({ at }: { at: string }) => at.replace('c', 'b'),
    }
    const merged: System<{ at: string }> = {
      ...confused,
      decode: name => ({ at: name === 'b' ? 'c' : name }),
    }
    const ask = () =>
      explore(merged, {
        ...nothing,
        safety: [{ name: 'p', violated: ({ at }) => (at === 'd' ? 'd' : null) }],
      })
    expect(ask).toThrow('one name for states that differ')
  })
})

describe('several starts', () => {
  const starts = [0, 1, 2].map(token => ({ token, inside: false, wants: [false, false, false] }))
  const wanted = {
    name: 'nobody is inside',
    violated: ({ inside }: Ring) => (inside ? 'inside' : null),
  }

  it('have the same verdicts searched together and apart', () => {
    const system = { ...tokenRing(3), initial: [...starts, starts[0]!] }
    expect(explore(system, nothing).states).toBe(36)
    expect(explore(system, { ...nothing, apart: true }).states).toBe(4 * 36)
    for (const apart of [false, true]) {
      const run = runOf(explore(system, { ...nothing, apart, safety: [wanted] }), 'nobody is inside')
      expect(run.steps).toHaveLength(2)
    }
  })

  it('give the shortest run over all of them, and search no deeper than that', () => {
    const far = drawn(['a', 0, 'b'], ['b', 0, 'c'], ['c', 0, 'bad'], ['bad', 0, 'e'])
    const near = drawn(['m', 0, 'n'], ['n', 0, 'bad'], ['bad', 0, 'z'])
    const safety = [{ name: 'p', violated: ({ at }: { at: string }) => (at === 'bad' ? at : null) }]
    for (const [systems, states] of [
      [[far, near], 4 + 3],
      [[near, far], 3 + 3],
    ] as const) {
      const result = exploreEach(systems, { ...nothing, safety })
      expect(runOf(result, 'p').initial).toEqual({ at: 'm' })
      expect(result.states).toBe(states)
    }
  })
})

describe('a search that is cut short', () => {
  const never = { name: 'never', violated: () => null }
  const someoneEats = { name: 'nobody eats', violated: (t: Table) => (t.includes('eats') ? 'eats' : null) }

  it('by a number of states is inconclusive, and keeps the failures it has found', () => {
    const result = explore(philosophers(8), { ...nothing, safety: [never, someoneEats], maxStates: 100 })
    expect(result).toMatchObject({ states: 100, complete: false, ended: 'limit' })
    expect(result.verdicts.get('never')).toEqual({ holds: 'inconclusive', states: 100 })
    expect(runOf(result, 'nobody eats').steps).toHaveLength(2)
  })

  it('by a limit of exactly as many states as there are is complete', () => {
    expect(explore(philosophers(5), { ...nothing, maxStates: 82 }).complete).toBe(true)
    expect(explore(philosophers(5), { ...nothing, maxStates: 81 }).complete).toBe(false)
  })

  it('leaves all searches together inconclusive', () => {
    const result = exploreEach([philosophers(6), philosophers(2)], {
      ...nothing,
      safety: [never],
      maxStates: 100,
    })
    expect(result).toMatchObject({ states: 106, ended: 'limit' })
    expect(result.verdicts.get('never')).toEqual({ holds: 'inconclusive', states: 100 })
  })

  it('by bytes, by time or by a signal is inconclusive', () => {
    const stop = new AbortController()
    const ring = tokenRing(12)
    expect(explore(ring, { ...nothing, maxBytes: 500_000 }).ended).toBe('limit')
    expect(explore(ring, { ...nothing, maxSeconds: 0 }).ended).toBe('limit')
    const safety = [{ name: 'never', violated: () => null }]
    const result = explore(tokenRing(16), {
      ...nothing,
      safety,
      stop: stop.signal,
      onProgress: () => stop.abort(),
    })
    expect(result.ended).toBe('stopped')
    expect(result.states).toBeGreaterThan(1000)
    expect(result.verdicts.get('never')).toEqual({ holds: 'inconclusive', states: result.states })
  })

  it('can be stopped by a signal while it is awaited', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 10)
    const result = await exploreAsync([tokenRing(16)], { ...nothing, stop: stop.signal })
    expect(result.ended).toBe('stopped')
  })
})

it('a search finds the same states whether cells are kept or rebuilt from names', () => {
  const { decode: _, ...keeps } = philosophers(7)
  const { states, transitions } = explore(philosophers(7), nothing)
  expect(explore(keeps, nothing)).toMatchObject({ states, transitions })
  expect(explore({ ...keeps, encode: (table: Table) => identity(table) }, nothing)).toMatchObject({
    states,
    transitions,
  })
})

it('a search takes the steps of a system’s own successors', () => {
  const { relation, ...rest } = drawn(['a', 0, 'b'])
  const twice = {
    ...rest,
    relation,
    successors: ({ at }: { at: string }) =>
      at.length > 3 ? [] : [{ rule: relation.rules[0]!, bindings: { actor: 0 }, cells: { at: `${at}a` } }],
  }
  expect(explore(twice, nothing)).toMatchObject({ states: 4, transitions: 3, depth: 3 })
})

it('a search throws if two properties have one name', () => {
  expect(() => explore(peterson('none'), { ...nothing, safety: [oneAtMostInside, oneAtMostInside] })).toThrow(
    'one name',
  )
})

it('a search keeps a state in fewer than 250 bytes, predecessors and index included', () => {
  const { bytesPerState, states } = explore(philosophers(12), nothing)
  expect(states).toBe(39202)
  expect(bytesPerState).toBeLessThan(100)
})
