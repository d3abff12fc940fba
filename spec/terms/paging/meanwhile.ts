import { noPages, type PageSet } from '../page-set.js'

/**
 * A change of slots that another thread makes while an instruction is fetched, and how far it has come as the fetch sees
 * it: not at all yet; held up until the fetch is over; or with pages blocked (in Linux: with a slot that is INVALID).
 */
export interface Meanwhile {
  readonly stage: 'coming' | 'held' | 'blocked'
  /** Frames of the space that no look-up finds now. */
  readonly owed: PageSet
  /** Frames that may be read and not written now. */
  readonly restricted: PageSet
}

export const coming: Meanwhile = { stage: 'coming', owed: noPages, restricted: noPages }
export const held: Meanwhile = { stage: 'held', owed: noPages, restricted: noPages }
