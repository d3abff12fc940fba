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

/** What a thread sends: the VM, once it is made, or that it has the VM it was given; and at the end, its violations. */
export type FromThread =
  | { readonly kind: 'ready'; readonly share: VmShare }
  | { readonly kind: 'attached' }
  | PartOver

/** How a thread ended. */
export interface PartOver {
  readonly kind: 'over'
  readonly part: string
  readonly turns: number
  readonly violations: readonly Violation[]
  /** How many there were; only the first few are in the list. */
  readonly count: number
}
