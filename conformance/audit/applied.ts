import type { Space } from '../../spec/terms/space.js'
import type { AtRisk } from './at-risk.js'
import type { Delta } from './delta.js'
import type { Place } from './place.js'
import type { Moment } from './vcpu-threads.js'

/** A memslot call after it was replayed: what it did, and when it began. */
export interface Applied {
  readonly tid: number | null
  /** The start of the call, as near as it is recorded. */
  readonly place: Place
  /** When it had returned; null where not recorded. */
  readonly ended: number | null
  /** The vCPU threads when the call began. */
  readonly began: Moment
  readonly failed: boolean
  readonly as: number
  readonly before: Space
  readonly after: Space
  readonly delta: Delta
  readonly isDelete: boolean
  readonly atRisk: AtRisk | null
  readonly stack: readonly string[] | null
}
