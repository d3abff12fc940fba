import { systemOf } from '../../../oracle/designs/system/system.js'
import { explore } from '../../../oracle/explore/explore.js'
import { properties } from '../../../spec/properties/properties.js'
import type { World } from '../../../spec/terms/steps/world.js'
import type { Benchmark } from '../benchmark.js'
import type { Contender, OutOfProcess } from '../contender.js'
import { AGREED } from '../peers/agreed.js'
import { maude } from '../peers/maude.js'
import type { Counted, Peer } from '../peers/peer.js'
import { exploreBare } from '../peers/rules.js'
import { DESIGNS, type DesignName, LARGE, SMALL, UPDATES, worldFor } from '../peers/scopes.js'
import { spin } from '../peers/spin.js'

const MAX_BYTES_PER_STATE = 250
const MIN_TRANSITIONS = 200_000
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

/** A peer's time is that of its search, for each state; starting and compiling are not timed. */
const asking = ({ name, seconds }: Peer, world: World, states: number): OutOfProcess => ({
  name,
  tells: () => (seconds(world) * 1e9) / states,
})

const tooLarge = (bytesPerState: number): string | null =>
  bytesPerState <= MAX_BYTES_PER_STATE
    ? null
    : `a state takes ${bytesPerState.toFixed(0)} bytes, more than ${MAX_BYTES_PER_STATE}`

const wrong = (design: DesignName, { bytesPerState }: { readonly bytesPerState: number }): string | null => {
  const small = worldFor(design, UPDATE, SMALL)
  const { states, transitions } = exploreBare(small, SMALL)
  const agreed: Counted = AGREED[design][UPDATE]
  if (states !== agreed.states || transitions !== agreed.transitions)
    return `${states} states and ${transitions} transitions, where the peers agree on ${agreed.states} and ${agreed.transitions}`
  return tooLarge(bytesPerState)
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
      comparisons: [{ peer: null, target: { of: 'rate', atLeast: MIN_TRANSITIONS } }],
      check,
    },
    {
      name: `explore ${design}: distinct states${skipped.join('')}`,
      subject: exploring('explorer', world, states),
      unit: '/s',
      comparisons: [
        { peer: null, target: null },
        ...there.map(peer => ({
          peer: asking(peer, world, states),
          target: peer === maude ? ({ of: 'ratio', atMost: TIME_BY_MAUDE } as const) : null,
        })),
      ],
      check,
    },
  ]
}

/** The batch, with all that the matrix asks: every property of one vCPU, those of waiting among them. */
const asked = (): Benchmark => {
  const system = systemOf(DESIGNS.batch, UPDATES[UPDATE], LARGE)
  if (system === null) throw new Error(`the batch has no plan for ${UPDATE}`) // it has one for everything
  const safety = properties.flatMap(p => (p.kind === 'safety' ? [{ name: p.id, violated: p.violated }] : []))
  const liveness = properties.flatMap(p =>
    p.kind === 'liveness' ? [{ name: p.id, pending: p.pending }] : [],
  )
  const search = () => explore(system, { safety, liveness, reduce: false })
  const { transitions, bytesPerState } = search()
  return {
    name: 'explore batch: all properties',
    subject: {
      name: `explorer, ${bytesPerState.toFixed(0)} bytes a state`,
      pieces: transitions,
      run: times => {
        let states = 0
        for (let i = 0; i < times; i++) states += search().states
        return states
      },
    },
    unit: '/s',
    comparisons: [{ peer: null, target: { of: 'rate', atLeast: MIN_TRANSITIONS } }],
    check: () => tooLarge(bytesPerState),
  }
}

/** All states of a split, by the rules, against models of the same system for Maude and SPIN. */
export const exploreBenchmarks = (): readonly Benchmark[] => [
  ...benchmarksOf('sequential'),
  ...benchmarksOf('batch'),
  asked(),
]
