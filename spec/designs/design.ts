import type { Citation } from '../rewrite/index.js'
import type { Micro } from '../terms/steps/script.js'
import type { StepSlot } from '../terms/steps/slots.js'
import type { Behaviour } from '../terms/steps/world.js'

/** An intended change of one space: its set before and after. */
export interface Update {
  readonly before: readonly StepSlot[]
  readonly after: readonly StepSlot[]
  readonly frames: number
  /** The first bitmap index that no slot of `before` has. */
  readonly nextLog: number
}

/** What a design does for an update: a script, where it begins, and how many bitmaps it uses. */
export interface Plan {
  readonly script: readonly Micro[]
  readonly start: number
  readonly logs: number
  /** The calls it makes of the kernel, in order, in words: a verb and the ids of slots. */
  readonly calls: readonly string[]
  /** The set it ends in, with the bitmaps it gave its slots. */
  readonly after: readonly StepSlot[]
}

/** One of the ways of changing slots that the thread discussed. */
export interface Design {
  readonly id: string
  readonly says: string
  readonly cites: readonly Citation[]
  readonly behaviour: Behaviour
  /** The verbs of calls that the design adds to today's, where it makes both. */
  readonly added?: readonly string[]
  /** Whether the matrix asks for what KVM emulates beside what the processor does. */
  readonly emulates?: true
  /** The matrix asks for accesses of the kernel's own as well, which do this at a blocked page. */
  readonly kernel?: 'defers' | 'neither'
  /** The calls for an update; null where the design has none, and the update is outside its scope. */
  readonly plan: (update: Update) => Plan | null
}

/** Linux as it is: INVALID is retried by a page fault, holes end fetches, and the unit is one access. */
export const linuxBehaviour: Behaviour = {
  invalid: { data: 'retry', fetch: 'retry' },
  fetchExit: 'no',
  fetchAtomic: false,
  caches: true,
}
