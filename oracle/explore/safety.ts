import { replay } from './replay.js'
import { betterRun, type Run, type Verdict, type Weigh } from './result.js'
import type { Sweep } from './search/sweep.js'
import type { Sighting } from './search/watch.js'
import type { SafetyProperty, System } from './system.js'

/**
 * The verdict of a search on a safety property, with the lightest of the shortest runs that break it. `shortest` says
 * whether the search knows its runs to be shortest: with reduction it does not.
 */
export const safetyVerdict = <C>(
  system: System<C>,
  sweep: Sweep<C>,
  property: SafetyProperty<C>,
  sightings: readonly Sighting[],
  shortest: boolean,
  weigh?: Weigh<C>,
): Verdict<C> => {
  let best: Run<C> | null = null
  for (const { state, why } of sightings) {
    const [start = 0, ...path] = sweep.pathTo(state)
    const initial = sweep.startOf(start)
    const steps = replay(
      system,
      initial,
      path.map(id => ({ name: sweep.states.nameOf(id) })),
    )
    // Under symmetry the sentence for the state that was found may name other actors than this run has.
    const words = property.violated(steps.at(-1)?.cells ?? initial) ?? why
    const run = { initial, steps, why: words, shortest }
    best = best === null ? run : betterRun(best, run, weigh)
    if (weigh === undefined) break
  }
  if (best !== null) return { holds: false, run: best }
  return sweep.ended === 'complete' ? { holds: true } : { holds: 'inconclusive', states: sweep.states.size }
}
