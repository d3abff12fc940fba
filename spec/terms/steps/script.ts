import type { Held, StepSet } from './slots.js'

/** A bit moved from one bitmap to another: the page's index in each. */
export interface Carry {
  readonly from: number
  readonly page: number
  readonly to: number
  readonly at: number
}

/**
 * What an update does, one step at a time. A design turns an intended change into a script; the rules of the family
 * `update` carry it out, interleaved with the accesses of vCPUs.
 */
export type Micro =
  /** The allocation or check that may fail at this point: then the script goes on at `to`. */
  | { readonly kind: 'may-fail'; readonly to: number }
  /** As `may-fail`, where failing leaves kernel state corrupt: whatever follows is unspecified. */
  | { readonly kind: 'may-corrupt' }
  /** The set becomes the published one; accesses in flight now hold an older one. */
  | { readonly kind: 'publish'; readonly space: number; readonly set: StepSet }
  /** The set that is not published is made the same. */
  | { readonly kind: 'replay'; readonly space: number; readonly set: StepSet }
  /** Waits for every access that holds an older set of the space. */
  | { readonly kind: 'drain'; readonly space: number }
  /** Removes cached translations of the frames (only permission to write, if so) and waits for accesses that use them. */
  | {
      readonly kind: 'revoke'
      readonly space: number
      readonly frames: readonly number[]
      readonly writes: boolean
      /** It is a zap, which waits for no emulated access: those are drained by `drain`. */
      readonly zap?: true
    }
  /** Accesses are held off in every space from now on, or no more; it is no swap. */
  | { readonly kind: 'hold'; readonly held: Held | null }
  /** Waits until every access that an earlier update made wait has had its turn; `locked` where it keeps the lock of calls meanwhile. */
  | { readonly kind: 'await-turns'; readonly locked?: true }
  /** Every vCPU's buffer of noted writes is flushed, against the published set. */
  | { readonly kind: 'flush' }
  | { readonly kind: 'carry'; readonly carries: readonly Carry[] }
  /** The pages' bits go to the caller. */
  | { readonly kind: 'retire'; readonly log: number; readonly pages: readonly number[] }
  /** The bitmap is freed, and its bits are gone. */
  | { readonly kind: 'free'; readonly log: number }
  /** Between its calls userspace fetches a log: the bits are reported, and cleared. */
  | { readonly kind: 'get-log'; readonly log: number }
  /** vCPUs are kept out of KVM_RUN, by userspace between its calls, or `locked`, within one; or they are let in again. */
  | { readonly kind: 'pause'; readonly locked?: true }
  | { readonly kind: 'resume' }
  /** A call returns with success, or with failure. */
  | { readonly kind: 'return' }
  | { readonly kind: 'fail' }
  /** The VMM ends: there is nothing to be observed any more. */
  | { readonly kind: 'abort' }
  /** The script goes on elsewhere. */
  | { readonly kind: 'goto'; readonly to: number }
