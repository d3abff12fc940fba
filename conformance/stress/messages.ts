import type { VmShare } from '../../impl/index.js'
import type { Violation } from '../reports/stress/codec.js'

/** What a thread is asked to play. */
export interface PartJob {
  readonly play: string
  /** `updater`, which makes the VM, or a part of the play, which is given it. */
  readonly part: string
  readonly share?: VmShare
  readonly board: SharedArrayBuffer
  readonly seed: number
  /** Name of a fault that the updater is to have. */
  readonly fault?: string
}

/** What a thread says: the VM is there; and in the end, what it saw, or what broke in it. */
export type FromThread =
  | { readonly is: 'ready'; readonly share: VmShare }
  | {
      readonly is: 'over'
      readonly part: string
      readonly turns: number
      readonly violations: readonly Violation[]
      /** Those that are not told included. */
      readonly count: number
    }
