import type { Micro } from '../../../spec/terms/steps/script.js'
import type { StepSet } from '../../../spec/terms/steps/slots.js'
import { plainSet } from '../../../spec/terms/steps/slots.js'
import type { Want, World } from '../../../spec/terms/steps/world.js'

/** The micro-steps of `sequential` and `batch`, which the peers have rules for. */
export type PeerMicro = Exclude<Micro, { readonly kind: (typeof NO_RULE)[number] }>
/** Steps that only other designs have. */
const NO_RULE = ['may-corrupt', 'pause', 'resume', 'get-log', 'abort', 'hold', 'flush'] as const
const isPeers = (micro: Micro): micro is PeerMicro => NO_RULE.every(kind => kind !== micro.kind)

export type PeerKind = 'read' | 'write' | 'fetch'
export const peerKind = ({ kind, together }: Want): PeerKind => {
  if (together === true || (kind !== 'read' && kind !== 'write' && kind !== 'fetch'))
    throw new Error(`the peers have no rule for ${kind}`) // the full menu has no such access
  return kind
}

/** A world as a model has it: sets by number, each once, and the script. */
export interface Tables {
  readonly sets: readonly StepSet[]
  readonly setOf: (set: StepSet) => number
  readonly script: readonly PeerMicro[]
}

export const tablesOf = (world: World): Tables => {
  const sets: StepSet[] = []
  const numbers = new Map<string, number>()
  const setOf = (set: StepSet): number => {
    const text = JSON.stringify(set)
    const known = numbers.get(text)
    if (known !== undefined) return known
    numbers.set(text, sets.length)
    sets.push(set)
    return sets.length - 1
  }
  setOf(plainSet(world.before))
  const script = world.script.map((micro): PeerMicro => {
    if (!isPeers(micro)) throw new Error(`the peers have no rule for ${micro.kind}`) // sequential and batch have no such step
    if (micro.kind === 'publish' || micro.kind === 'replay') setOf(micro.set)
    return micro
  })
  return { sets, setOf, script }
}
