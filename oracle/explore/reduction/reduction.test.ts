import { describe, expect, it } from 'vitest'
import { type Arrow, drawn } from '../examples/drawn.js'
import { drawMachine, type Machine } from '../examples/random-processes.js'
import { explore } from '../explore.js'
import { successorsOf as stepsOf } from '../replay.js'
import type { SafetyProperty, System } from '../system.js'
import { faultsOfReduction } from './faults-of-reduction.js'

const AUDIT = { states: 500, ahead: 500 }
const verdictsOf = (system: System<Machine>, safety: readonly SafetyProperty<Machine>[], reduce: boolean) => {
  const { verdicts } = explore(system, { safety, liveness: [], reduce })
  return [...verdicts].map(([name, v]) => [name, v.holds === false ? v.run.steps.length : v.holds])
}

describe('partial-order reduction', () => {
  it('gives the verdicts and lengths of the unreduced search on six hundred random machines', () => {
    let fails = 0
    for (let seed = 0; seed < 600; seed++) {
      const { system, safety } = drawMachine(seed)
      const unreduced = verdictsOf(system, safety, false)
      expect([seed, verdictsOf(system, safety, true)]).toEqual([seed, unreduced])
      fails += unreduced.filter(([, v]) => v !== true).length
    }
    expect(fails).toBeGreaterThan(200)
    expect(fails).toBeLessThan(1000)
  })

  it('visits fewer states on some machines, and on none more', () => {
    let all = 0
    let some = 0
    for (let seed = 0; seed < 600; seed++) {
      const { system } = drawMachine(seed)
      const full = explore(system, { safety: [], liveness: [], reduce: false }).states
      const reduced = explore(system, { safety: [], liveness: [], reduce: true }).states
      expect(reduced).toBeLessThanOrEqual(full)
      all += full
      some += reduced
    }
    expect(some / all).toBeLessThan(0.9)
  })

  it('keeps every deadlock', () => {
    for (let seed = 0; seed < 600; seed++) {
      const { system } = drawMachine(seed)
      const ends = (reduce: boolean) => {
        const found = new Set<string>()
        const successors = (cells: Machine) => {
          const moves = stepsOf(system, cells)
          if (moves.length === 0) found.add(system.encode(cells))
          return moves
        }
        explore({ ...system, successors }, { safety: [], liveness: [], reduce })
        return [...found].sort()
      }
      expect([seed, ends(true)]).toEqual([seed, ends(false)])
    }
  })

  it('is not done for liveness, nor for a system without persistent or visible', () => {
    const { system, liveness } = drawMachine(3)
    const full = explore(system, { safety: [], liveness: [], reduce: false }).states
    expect(explore(system, { safety: [], liveness: [liveness], reduce: true }).states).toBe(full)
    const { persistent: _, ...silent } = system
    const { visible: __, ...blind } = system
    for (const s of [silent, blind]) {
      expect(explore(s, { safety: [], liveness: [], reduce: true }).states).toBe(full)
    }
  })
})

/** Actor 0 turns in a circle by itself, actor 1 has one step to take: the bad one. */
const circle: readonly Arrow[] = [
  ['x', 0, 'y'],
  ['y', 0, 'x'],
  ['x', 1, 'bad x'],
  ['y', 1, 'bad y'],
  ['bad x', 0, 'bad y'],
  ['bad y', 0, 'bad x'],
]
const noBad: SafetyProperty<{ at: string }> = {
  name: 'bad',
  violated: ({ at }) => (at.startsWith('bad') ? at : null),
}

describe('the conditions of an ample set', () => {
  const first = {
    persistent: (m: readonly { bindings: { actor?: unknown } }[]) => m[0]?.bindings.actor === 0,
  }
  const seen = { visible: (m: { cells: { at: string } }) => m.cells.at.startsWith('bad') }
  const ask = (system: System<{ at: string }>, reduce = true) =>
    explore(system, { safety: [noBad], liveness: [], reduce }).verdicts.get('bad')?.holds

  it('include C3: no step is left out for ever by a cycle of others', () => {
    const system = { ...drawn(...circle), ...first, ...seen }
    expect(faultsOfReduction(system, AUDIT)).toEqual([])
    expect(ask(system)).toBe(false)
  })

  it('include C2: a visible step does not stand for the others', () => {
    const arrows: readonly Arrow[] = [
      ['s', 0, 'p'],
      ['s', 1, 'bad'],
      ['bad', 0, 'pq'],
      ['p', 1, 'pq'],
    ]
    const system = { ...drawn(...arrows), ...first }
    expect(faultsOfReduction(system, AUDIT)).toEqual([])
    expect(ask({ ...system, visible: () => false })).toBe(true)
    expect(ask({ ...system, visible: () => true })).toBe(false)
  })

  it('include C1: it is not enough that two steps commute now, since a step after one of them may not', () => {
    // Steps 0 and 1 commute at s. But step 1 lets actor 1 go on to what step 0 rules out.
    const arrows: readonly Arrow[] = [
      ['s', 0, 'p'],
      ['s', 1, 'q'],
      ['p', 1, 'pq'],
      ['q', 0, 'pq'],
      ['q', 1, 'bad'],
    ]
    const onlyAtS = {
      persistent: (m: Parameters<typeof first.persistent>[0], { at }: { at: string }) =>
        at === 's' && first.persistent(m),
    }
    const local = { ...drawn(...arrows), ...onlyAtS, ...seen, independent: () => true }
    expect(ask(local)).toBe(true)
    expect(ask(local, false)).toBe(false)
    expect(faultsOfReduction(local, AUDIT)).toEqual([
      'actor 0: drawn.arrow of actor 1 takes a move from it',
      'actor 0: drawn.arrow of actor 1 does not commute with drawn.arrow',
    ])
  })

  it('include independence, where the system denies it', () => {
    const free: readonly Arrow[] = [
      ['s', 0, 'p'],
      ['s', 1, 'q'],
      ['p', 1, 'pq'],
      ['q', 0, 'pq'],
    ]
    const system = { ...drawn(...free), ...first, ...seen }
    const count = (independent: boolean) =>
      explore({ ...system, independent: () => independent }, { safety: [], liveness: [], reduce: true })
        .states
    expect([count(true), count(false)]).toEqual([3, 4])
  })
})

describe('a run found by reduction', () => {
  /** The long way is all that reduction leaves; the short one is there without it. */
  const arrows: readonly Arrow[] = [
    ['s', 0, 'p'],
    ['p', 1, 'bad pq'],
    ['s', 1, 'bad q'],
    ['bad q', 0, 'bad pq'],
  ]
  const system: System<{ at: string }> = {
    ...drawn(...arrows),
    persistent: moves => moves[0]?.bindings.actor === 0,
    visible: ({ cells }) => cells.at.startsWith('bad'),
  }
  const runOf = (maxStates: number) => {
    const verdict = explore(system, { safety: [noBad], liveness: [], reduce: true, maxStates }).verdicts.get(
      'bad',
    )
    return verdict?.holds === false ? verdict.run : null
  }

  it('is searched for again without reduction, and so is shortest', () => {
    expect(runOf(100)).toMatchObject({ steps: [{ actor: 1 }], shortest: true })
  })
})

describe('the audit of a reduction', () => {
  it('finds no fault where persistent is right', () => {
    for (let seed = 0; seed < 60; seed++) {
      expect(faultsOfReduction(drawMachine(seed).system, AUDIT)).toEqual([])
    }
  })

  it('finds a wrong persistent that changes a verdict', () => {
    let wrong = 0
    for (let seed = 0; seed < 200; seed++) {
      const { system, safety } = drawMachine(seed)
      const liar = { ...system, persistent: () => true }
      if (
        JSON.stringify(verdictsOf(liar, safety, true)) === JSON.stringify(verdictsOf(system, safety, false))
      )
        continue
      wrong++
      expect(faultsOfReduction(liar, AUDIT)).not.toEqual([])
    }
    expect(wrong).toBeGreaterThan(0)
  })
})
