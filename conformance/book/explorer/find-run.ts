import { isAsked } from '../../../oracle/designs/asked.js'
import { everyone } from '../../../oracle/designs/everyone.js'
import { printWhy } from '../../../oracle/designs/print/why.js'
import { COMPANIES, choicesOf, type Situation, systemIn } from '../../../oracle/designs/situation.js'
import { explore } from '../../../oracle/explore/explore.js'
import { properties } from '../../../spec/properties/properties.js'

/** What a search for a run that breaks a property found. */
export type Found =
  | {
      readonly kind: 'run'
      readonly choices: readonly number[]
      readonly cycle: number
      readonly why: string
    }
  | { readonly kind: 'holds'; readonly states: number }
  | { readonly kind: 'not asked'; readonly why: string }

/** A page may not hang: a search of more states ends without an answer. */
const MAX_STATES = 400_000

/** The shortest run of a situation that breaks a property, searched here and now. */
export const findRun = (situation: Situation, property: string): Found => {
  const system = systemIn(situation)
  if (system === null) return { kind: 'not asked', why: `${situation.design.id} has no plan for this update` }
  const wanted = properties.find(({ id }) => id === property)
  if (wanted === undefined) return { kind: 'not asked', why: `there is no property ${property}` }
  const { forEver, workload } = COMPANIES[situation.company]
  const company = { forEver, interrupted: 'interrupts' in workload && (workload.interrupts ?? 0) > 0 }
  if (wanted.kind === 'liveness' && (workload.vcpus > 1 || !isAsked(wanted, company)))
    return { kind: 'not asked', why: `${property} is not asked of this company` }
  const { verdicts, states } = explore(system, {
    safety: wanted.kind === 'safety' ? [{ name: property, violated: wanted.violated }] : [],
    liveness: wanted.kind === 'liveness' ? [{ name: property, pending: everyone(wanted) }] : [],
    reduce: false,
    maxStates: MAX_STATES,
  })
  const verdict = verdicts.get(property)
  if (verdict?.holds === true) return { kind: 'holds', states }
  if (verdict?.holds !== false)
    return {
      kind: 'not asked',
      why: `no answer within ${MAX_STATES} states: \`memslot explore\` has no such bound`,
    }
  const chosen = choicesOf(verdict.run)
  if (chosen === null) return { kind: 'not asked', why: 'the run found does not follow from the rules' }
  return { kind: 'run', ...chosen, why: printWhy(verdict.run.why) }
}
