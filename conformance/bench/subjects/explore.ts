import type { World } from '../../../spec/terms/steps/world.js'
import type { Benchmark } from '../benchmark.js'
import type { Contender } from '../contender.js'
import { AGREED } from '../peers/agreed.js'
import { maude } from '../peers/maude.js'
import type { Counted, Peer } from '../peers/peer.js'
import { exploreBare } from '../peers/rules.js'
import { type DesignName, LARGE, SMALL, worldFor } from '../peers/scopes.js'
import { spin } from '../peers/spin.js'

const MOST_BYTES_OF_A_STATE = 250
const LEAST_TRANSITIONS = 200_000
/** Distinct states a second: at least five times Maude's. */
const TIME_BY_MAUDE = 1 / 5
const UPDATE = 'split'

const exploring = (name: string, world: World, pieces: number): Contender => ({
  name,
  pieces,
  run: times => {
    let states = 0
    for (let i = 0; i < times; i++) states += exploreBare(world, LARGE).states
    return states
  },
})

/**
 * A peer works in a process of its own, whose processor time is not part of ours. So it is timed beforehand, by its own
 * account, and stands in the comparison as busy for as long as it took for each state.
 */
const standingFor = ({ name, seconds }: Peer, world: World, states: number): Contender => {
  let each: number | null = null
  return {
    name,
    run: times => {
      const runs = () => [0, 1, 2].map(() => seconds(world)).sort((a, b) => a - b)
      each ??= ((runs()[1] as number) * 1e6) / states // the middle one of three
      const start = process.cpuUsage()
      const busy = () => {
        const { user, system } = process.cpuUsage(start)
        return user + system
      }
      while (busy() < times * (each as number));
      return times
    },
  }
}

const wrong = (design: DesignName, { bytesPerState }: { readonly bytesPerState: number }): string | null => {
  const small = worldFor(design, UPDATE, SMALL)
  const { states, transitions } = exploreBare(small, SMALL)
  const agreed: Counted = AGREED[design][UPDATE]
  if (states !== agreed.states || transitions !== agreed.transitions)
    return `${states} states and ${transitions} transitions, where the peers agree on ${agreed.states} and ${agreed.transitions}`
  return bytesPerState <= MOST_BYTES_OF_A_STATE
    ? null
    : `a state takes ${bytesPerState.toFixed(0)} bytes, more than ${MOST_BYTES_OF_A_STATE}`
}

const benchmarksOf = (design: DesignName): readonly Benchmark[] => {
  const world = worldFor(design, UPDATE, LARGE)
  const result = exploreBare(world, LARGE)
  const { states, transitions, bytesPerState } = result
  const check = () => wrong(design, result)
  const skipped = [maude, spin].flatMap(({ name, missing }) => {
    const why = missing()
    return why === null ? [] : [`, ${name} skipped, ${why}`]
  })
  const there = [maude, spin].filter(peer => peer.missing() === null)
  return [
    {
      name: `explore ${design}: transitions`,
      subject: exploring(`explorer, ${bytesPerState.toFixed(0)} bytes a state`, world, transitions),
      unit: '/s',
      comparisons: [{ peer: null, target: { of: 'rate', atLeast: LEAST_TRANSITIONS } }],
      check,
    },
    {
      name: `explore ${design}: distinct states${skipped.join('')}`,
      subject: exploring('explorer', world, states),
      unit: '/s',
      comparisons: [
        { peer: null, target: null },
        ...there.map(peer => ({
          peer: standingFor(peer, world, states),
          target: peer === maude ? ({ of: 'ratio', atMost: TIME_BY_MAUDE } as const) : null,
        })),
      ],
      check,
    },
  ]
}

/** All states of a split, by the rules, against models of the same system for Maude and SPIN. */
export const exploreBenchmarks = (): readonly Benchmark[] => [
  ...benchmarksOf('sequential'),
  ...benchmarksOf('batch'),
]
