import { describe, expect, it } from 'vitest'
import { type Arrow, drawn } from '../examples/drawn.js'
import { drawMachine, type Machine } from '../examples/random-processes.js'
import { successorsOf } from '../replay.js'
import type { System } from '../system.js'
import { type Refinement, refines } from './refine.js'
import type { Label } from './trace-sets.js'

/** What is written after a state's name, as in `idle/coin`, is what one observes of the step to it. */
const label: Label<{ at: string }> = ({ cells }) => cells.at.split('/')[1] ?? null

const ask = (concrete: readonly Arrow[], abstract: readonly Arrow[]): Refinement<{ at: string }> =>
  refines(drawn(...concrete), drawn(...abstract), { label, abstractLabel: label })

const machine: readonly Arrow[] = [
  ['idle', 0, 'paid/coin'],
  ['paid/coin', 0, 'tea/tea'],
  ['paid/coin', 0, 'coffee/coffee'],
]

describe('refinement', () => {
  it('of a system to itself holds', () => {
    expect(ask(machine, machine).verdict).toEqual({ holds: true })
  })

  it('holds for a system that does less, and not the other way round', () => {
    const teaOnly: readonly Arrow[] = [
      ['idle', 0, 'paid/coin'],
      ['paid/coin', 0, 'tea/tea'],
    ]
    expect(ask(teaOnly, machine).verdict.holds).toBe(true)
    const broken = ask(machine, teaOnly)
    expect(broken).toMatchObject({ verdict: { holds: false }, trace: ['coin', 'coffee'], allowed: ['tea'] })
    expect(broken.verdict).toMatchObject({
      run: {
        why: 'coffee is observed where only tea can be',
        steps: [{ actor: 0 }, { cells: { at: 'coffee/coffee' } }],
      },
    })
  })

  it('ignores internal steps on both sides', () => {
    const slow: readonly Arrow[] = [
      ['idle', 0, 'a'],
      ['a', 0, 'b'],
      ['b', 0, 'a'],
      ['b', 0, 'paid/coin'],
      ['paid/coin', 0, 'c'],
      ['c', 0, 'tea/tea'],
    ]
    expect(ask(slow, machine).verdict.holds).toBe(true)
    expect(ask(machine.slice(0, 2), slow).verdict.holds).toBe(true)
  })

  it('follows all abstract states that explain a trace, not only the first', () => {
    // The abstract machine decides on tea or coffee when the coin falls; the traces are the same.
    const early: readonly Arrow[] = [
      ['idle', 0, 'forTea/coin'],
      ['idle', 0, 'forCoffee/coin'],
      ['forTea/coin', 0, 'tea/tea'],
      ['forCoffee/coin', 0, 'coffee/coffee'],
    ]
    expect(ask(machine, early).verdict.holds).toBe(true)
    expect(ask(early, machine).verdict.holds).toBe(true)
  })

  it('that fails gives a shortest offending run', () => {
    const concrete: readonly Arrow[] = [
      ['s', 0, 'l1/a'],
      ['l1/a', 0, 'l2/a'],
      ['l2/a', 0, 'l3/c'],
      ['s', 0, 'k1/a'],
      ['k1/a', 0, 'k2/b'],
    ]
    const abstract: readonly Arrow[] = [
      ['s', 0, 'm/a'],
      ['m/a', 0, 'm/a'],
    ]
    expect(ask(concrete, abstract)).toMatchObject({ trace: ['a', 'b'], allowed: ['a'] })
  })

  it('that fails says so where no label is allowed any more', () => {
    expect(ask([['s', 0, 'x/a']], [['s', 0, 'y']]).verdict).toMatchObject({
      run: { why: 'a is observed where nothing more can be' },
    })
  })

  it('compares each concrete start with the abstract starts given for it', () => {
    const two = {
      ...drawn(['s', 0, 'sa/a'], ['t', 0, 'tb/b']),
      initial: [{ at: 's' }, { at: 't' }],
    }
    const swapped = { s: 't', t: 's' } as Readonly<Record<string, string>>
    const options = { label, abstractLabel: label }
    expect(refines(two, two, options).verdict.holds).toBe(true)
    expect(refines(two, two, { ...options, startsFor: ({ at }) => [{ at }] }).verdict.holds).toBe(true)
    const crossed = refines(two, two, { ...options, startsFor: ({ at }) => [{ at: swapped[at] ?? '' }] })
    expect(crossed).toMatchObject({ trace: ['a'], allowed: ['b'] })
  })

  it('is inconclusive beyond its limit', () => {
    const long = Array.from({ length: 9 }, (_, i): Arrow => [`${i}/x`, 0, `${i + 1}/x`])
    const result = refines(drawn(...long), drawn(...long), { label, abstractLabel: label, maxStates: 4 })
    expect(result.verdict).toEqual({ holds: 'inconclusive', states: 5 })
  })

  it('agrees with a listing of all traces up to a length, on random machines', () => {
    // The values of a machine's first variable are observed.
    const value: Label<Machine> = ({ bindings, cells }) =>
      bindings.who === 0 ? `${cells.variables[0]}` : null
    let fails = 0
    for (let seed = 0; seed < 150; seed++) {
      const [concrete, abstract] = [drawMachine(2 * seed).system, drawMachine(2 * seed + 1).system]
      const { verdict, trace } = refines(concrete, abstract, { label: value, abstractLabel: value })
      const allowed = tracesOf(abstract, value, 5)
      const missing = [...tracesOf(concrete, value, 5)].filter(t => !allowed.has(t))
      if (verdict.holds === true) expect([seed, missing]).toEqual([seed, []])
      else {
        fails++
        expect(tracesOf(concrete, value, trace.length)).toContain(trace.join())
        expect(tracesOf(abstract, value, trace.length)).not.toContain(trace.join())
      }
      expect(refines(concrete, concrete, { label: value, abstractLabel: value }).verdict.holds).toBe(true)
    }
    expect(fails).toBeGreaterThan(20)
    expect(fails).toBeLessThan(140)
  })
})

/** Every trace of at most so many labels. */
const tracesOf = <C>(system: System<C>, observed: Label<C>, length: number): ReadonlySet<string> => {
  const traces = new Set<string>()
  const seen = new Set<string>()
  const go = (cells: C, trace: readonly string[]): void => {
    const key = `${system.encode(cells)} ${trace}`
    if (seen.has(key)) return
    seen.add(key)
    traces.add(trace.join())
    for (const move of successorsOf(system, cells)) {
      const next = observed(move)
      if (next === null) go(move.cells, trace)
      else if (trace.length < length) go(move.cells, [...trace, next])
    }
  }
  for (const start of system.initial) go(start, [])
  return traces
}
