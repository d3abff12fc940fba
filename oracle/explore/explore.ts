import { decide } from './decide.js'
import type { ExploreOptions, Progress } from './options.js'
import type { Result } from './result.js'
import type { World } from './search/sweep.js'
import type { System } from './system.js'
import { Tally } from './tally.js'

/**
 * Decides every property in all states that the system reaches, breadth first, so that failing runs are shortest.
 * Throws if liveness is asked of a system that permutes actors, if two properties have one name, or if `encode` gives
 * one name to states that differ in what they can do.
 *
 * @example
 * const { verdicts } = explore(system, { safety: [noHole], liveness: [], reduce: false })
 * const verdict = verdicts.get(noHole.name)
 * if (verdict?.holds === false) console.log(verdict.run.why, lengthOf(verdict.run))
 */
export const explore = <C>(system: System<C>, options: ExploreOptions<C>): Result<C> =>
  exploreEach([system], options)

/**
 * Decides every property over several systems, searched one after the other; a property holds if it holds in each.
 * The iterable may make them one at a time. Systems that share no state are searched faster than as the starts of one
 * system.
 */
export const exploreEach = <C>(systems: Iterable<System<C>>, options: ExploreOptions<C>): Result<C> => {
  const slices = slicesOf(systems, options)
  for (;;) {
    const slice = slices.next()
    if (slice.done === true) return slice.value
  }
}

/**
 * Like `exploreEach`, but gives way to the event loop between slices of the search, so that `stop` can be raised
 * meanwhile.
 */
export const exploreAsync = async <C>(
  systems: Iterable<System<C>>,
  options: ExploreOptions<C>,
): Promise<Result<C>> => {
  const slices = slicesOf(systems, options)
  for (;;) {
    const slice = slices.next()
    if (slice.done === true) return slice.value
    await new Promise(resolve => setTimeout(resolve))
  }
}

function* slicesOf<C>(
  systems: Iterable<System<C>>,
  options: ExploreOptions<C>,
): Generator<Progress, Result<C>> {
  const { safety, liveness, weigh } = options
  const tally = new Tally<C>([...safety, ...liveness], weigh)
  for (const world of worldsOf(systems, options.apart === true)) {
    const goOn = yield* decide(world, options, tally)
    if (!goOn) break
  }
  return tally.result()
}

function* worldsOf<C>(systems: Iterable<System<C>>, apart: boolean): Generator<World<C>> {
  for (const system of systems) {
    if (!apart) yield { system, starts: system.initial }
    else for (const start of system.initial) yield { system, starts: [start] }
  }
}
