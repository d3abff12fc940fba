import { type Bindings, relation, rule, step } from '../../../spec/rewrite/index.js'
import { explore } from '../explore.js'
import type { LivenessProperty, SafetyProperty, System } from '../system.js'

/**
 * Walkers on lines of one length, and for each whether it has wrapped an odd number of times: cheap steps, any number
 * of states.
 */
interface Walkers {
  readonly at: readonly number[]
  readonly turned: number
}

const about = { kind: 'internal', cites: [], match: {}, when: [] } as const

const walkers = (count: number, length: number): System<Walkers> => {
  const everyone: readonly Bindings[] = Array.from({ length: count }, (_, who) => ({ who }))
  return {
    relation: relation('walkers', [
      rule<Walkers>({
        ...about,
        id: 'walk.on',
        says: 'A walker goes one place on; from the last place it wraps to the first.',
        choose: () => everyone,
        rewrite: ({ at, turned }, { who }) => {
          const next = at.slice()
          const place = (at[who as number] as number) + 1
          next[who as number] = place % length
          return { at: next, turned: place === length ? turned ^ (1 << (who as number)) : turned }
        },
      }),
    ]),
    initial: [{ at: Array<number>(count).fill(0), turned: 0 }],
    encode: ({ at, turned }) => {
      let name = String.fromCharCode(32 + (turned & 63), 32 + (turned >> 6))
      for (let i = 0; i < at.length; i++) name += String.fromCharCode(32 + (at[i] as number))
      return `${name} as many letters as the name of a usual state has`
    },
    actor: ({ bindings }) => bindings.who as number,
  }
}

const collect = (globalThis as { gc?: () => void }).gc ?? (() => {})

const heap = (): number => {
  collect()
  collect() // the first frees the buffers of what it collects only by the second
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Microseconds of one step and the name of the state it leads to, without any search. */
const ownCost = ({ relation, encode }: System<Walkers>, cells: Walkers, steps: number): number => {
  const began = performance.now()
  let moves = 0
  for (let at = cells, i = 0; moves < steps; i++) {
    const successors = step(relation, at)
    for (const successor of successors) if (encode(successor.cells).length > 0) moves++
    at = successors[i % successors.length]?.cells ?? cells
  }
  return ((performance.now() - began) * 1000) / moves
}

const safety: readonly SafetyProperty<Walkers>[] = ['a', 'b', 'c'].map(name => ({
  name,
  violated: ({ turned }) => (turned < 0 ? 'a negative mask' : null),
}))
const waits: LivenessProperty<Walkers> = { name: 'waits', pending: ({ turned }) => (turned === 1 ? [0] : []) }

export interface Measured {
  readonly states: number
  readonly transitions: number
  readonly transitionsPerSecond: number
  readonly microseconds: number
  readonly microsecondsOfStepAndName: number
  readonly bytesPerState: number
  /** Growth of the process at the last report, cells of unexpanded states included. */
  readonly bytesPerStateSeen: number
}

/** Speed and memory of a search. Run it compiled and with `--expose-gc`, or garbage counts as memory in use. */
export const measure = (count: number, length: number, liveness: boolean): Measured => {
  const system = walkers(count, length)
  const options = { safety, liveness: liveness ? [waits] : [], reduce: false }
  const own = ownCost(system, system.initial[0] as Walkers, 1_000_000)
  const { states, transitions, seconds, bytesPerState } = explore(system, options)
  const before = heap()
  let seen = 0
  explore(system, {
    ...options,
    onProgress: progress => {
      seen = (heap() - before) / progress.states
    },
  })
  return {
    states,
    transitions,
    transitionsPerSecond: Math.round(transitions / seconds),
    microseconds: (seconds * 1e6) / transitions,
    microsecondsOfStepAndName: own,
    bytesPerState,
    bytesPerStateSeen: seen,
  }
}
