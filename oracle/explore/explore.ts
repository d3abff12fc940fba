import { decide } from './decide.js'
import type { ExploreOptions, Progress } from './options.js'
import type { Result } from './result.js'
import type { World } from './search/sweep.js'
import type { System } from './system.js'
import { Tally } from './tally.js'

/** Decides every property in all states the system reaches. */
export const explore = <C>(system: System<C>, options: ExploreOptions<C>): Result<C> =>
  exploreEach([system], options)

/**
 * Decides every property in systems one after the other. Systems that share no state, like the worlds of a scope, are
 * searched faster so than as many starts of one; they may be made one at a time, as they are asked for.
 */
export const exploreEach = <C>(systems: Iterable<System<C>>, options: ExploreOptions<C>): Result<C> => {
  const slices = slicesOf(systems, options)
  for (;;) {
    const slice = slices.next()
    if (slice.done === true) return slice.value
  }
}

/** The same, letting others run between slices, so that a signal or a key press can end it. */
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
