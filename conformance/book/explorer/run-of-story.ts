import { traceOptionsFor } from '../../../oracle/designs/trace/expected-verdict.js'
import { traceOfRun } from '../../../oracle/designs/trace/trace-of-run.js'
import { properties } from '../../../spec/properties/properties.js'
import type { StepStory } from './step-story.js'

/** The run of a story as the text of a trace: what `memslot check` judges, and what can be dropped back in. */
export const runOfStory = ({ run }: StepStory): string => {
  const last = [...run.steps, ...(run.cycle ?? [])].at(-1)?.cells ?? run.initial
  const broken = properties.find(p => p.kind === 'safety' && p.violated(last) !== null)
  return traceOfRun(run, broken === undefined ? { toRest: false } : traceOptionsFor(broken.id))
}
