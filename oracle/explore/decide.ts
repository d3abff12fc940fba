import { livenessVerdict } from './liveness/liveness.js'
import type { ExploreOptions, Progress } from './options.js'
import { lengthOf, type Verdict } from './result.js'
import { safetyVerdict } from './safety.js'
import { StateGraph } from './search/state-graph.js'
import { Sweep, type World } from './search/sweep.js'
import { Watch } from './search/watch.js'
import type { SafetyProperty } from './system.js'
import type { Tally } from './tally.js'

/** States expanded between two looks at the clock, the limits and the signal. */
const SLICE = 2048
const SECONDS_BETWEEN_REPORTS = 0.25

type Slices<T> = Generator<Progress, T>

/** Searches a world and adds its verdicts to the tally. Returns false if a limit or the signal ends everything. */
export function* decide<C>(world: World<C>, options: ExploreOptions<C>, tally: Tally<C>): Slices<boolean> {
  const { system } = world
  const { safety, liveness, weigh } = options
  if (liveness.length > 0 && system.permutesActors === true) {
    throw new Error('liveness cannot be decided where states that swap actors have one name (permutesActors)')
  }
  const reduced = options.reduce && liveness.length === 0
  const graph = liveness.length === 0 ? null : new StateGraph(liveness)
  const within = safety.map(({ name }) => tally.within(name))
  const watch = new Watch(safety, within)
  const sweep = new Sweep(world, watch, graph, reduced, options)
  const cut = yield* drive(sweep, options, tally)
  tally.add(sweep, cut ?? sweep.ended ?? 'complete')

  for (const [i, property] of safety.entries()) {
    const verdict = safetyVerdict(system, sweep, property, watch.sightings[i] ?? [], !reduced, weigh)
    const confirmed =
      verdict.holds === false && reduced && cut === null
        ? yield* searchAgain(world, options, tally, property, verdict)
        : verdict
    tally.join(property.name, confirmed)
  }
  if (graph !== null) {
    for (const [i, property] of liveness.entries()) {
      tally.join(property.name, livenessVerdict(system, sweep, graph, i))
    }
  }
  return cut === null
}

/**
 * Searches without reduction for a run no longer than the one found. If a limit ends that search, the one found
 * stands.
 */
function* searchAgain<C>(
  world: World<C>,
  options: ExploreOptions<C>,
  tally: Tally<C>,
  property: SafetyProperty<C>,
  found: Verdict<C> & { holds: false },
): Slices<Verdict<C>> {
  const watch = new Watch([property], [lengthOf(found.run)])
  const sweep = new Sweep(world, watch, null, false, options)
  yield* drive(sweep, options, tally)
  const again = safetyVerdict(world.system, sweep, property, watch.sightings[0] ?? [], true, options.weigh)
  return again.holds === false ? again : found
}

/** Runs a sweep to its end; returns null, or what ended everything. */
function* drive<C>(
  sweep: Sweep<C>,
  { maxSeconds = Number.POSITIVE_INFINITY, stop, onProgress }: ExploreOptions<C>,
  tally: Tally<C>,
): Slices<'limit' | 'stopped' | null> {
  while (sweep.ended === null) {
    if (stop?.aborted === true) return 'stopped'
    if (tally.seconds > maxSeconds) return 'limit'
    if (tally.silence > SECONDS_BETWEEN_REPORTS) {
      const progress = tally.progress(sweep)
      onProgress?.(progress)
      yield progress
    }
    sweep.advance(SLICE)
  }
  return null
}
