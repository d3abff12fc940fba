import type { Script } from '../../stress/programs/draw.js'
import type { Property } from '../../stress/programs/invariants.js'

/** A program whose threads meet, judged as a history and not answer by answer. */
export interface ProgramCase {
  readonly id: string
  readonly says: string
  readonly needs: readonly string[]
  readonly script: () => Script
  /** The property that an access breaks which waits; null where waiting is allowed. */
  readonly waitBreaks: Property | null
  /** Whether the oracle judges it; else only what the values tell. */
  readonly isJudged: boolean
}
