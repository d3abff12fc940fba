import type { MmioExit } from '../base/mmio.js'

/** An exception that the guest takes. */
export type Exception =
  | { readonly vector: '#PF'; readonly error: number; readonly cr2: bigint }
  | { readonly vector: '#GP'; readonly error: 0 }
  | { readonly vector: '#UD' }

/**
 * KVM_EXIT_INTERNAL_ERROR with suberror 1 (emulation): an instruction that cannot be fetched. `ndata` and `flags` are
 * fields of the exit; `bytes` are those that were fetched before the failure, `pending` an exception that stays queued
 * (fetch-path.md, A fetch that cannot be read).
 */
export interface InternalError {
  readonly suberror: 1
  readonly ndata: 6 | 8
  readonly flags: 0 | 1
  readonly bytes?: Uint8Array
  readonly pending?: '#UD'
}

/**
 * KVM_EXIT_INTERNAL_ERROR with suberror 3 (DELIVERY_EV): an exception could not be delivered. Its words are those of the
 * processor's exit.
 */
export interface DeliveryError {
  readonly suberror: 3
  readonly ndata: 5
}

/** The rights that all page-table entries of a walk allow together. */
export interface Rights {
  readonly write: boolean
  readonly user: boolean
  readonly execute: boolean
}

/**
 * How any access by linear address can end: the guest takes an exception; ENOMEM, if the host has no memory for the
 * page; or `abandoned`, if it was kicked (`Vm.kickVcpu`) while it waited for a blocked page.
 */
export type CommonEnd =
  | { readonly end: 'fault'; readonly exception: Exception }
  | { readonly end: 'fault'; readonly errno: 'ENOMEM' }
  | { readonly end: 'abandoned' }

/**
 * How else an access by the processor can end. KVM_RUN fails with EFAULT if the host has no right to the page. If the
 * root of the guest's tables is in no slot, KVM_RUN never returns with a second stage, or exits, by kernel and vendor; with
 * shadow paging the guest shuts down (real-kvm.md, The root in a hole).
 */
export type ProcessorEnd =
  | { readonly end: 'exit'; readonly errno: 'EFAULT' }
  | { readonly end: 'exit'; readonly exit: DeliveryError }
  | { readonly end: 'never returns' }
  | { readonly end: 'shutdown' }

/** A fetch: the bytes asked for, an exception, or an exit. */
export type FetchEnd =
  | CommonEnd
  | { readonly end: 'data'; readonly data: Uint8Array }
  | { readonly end: 'exit'; readonly exit: InternalError }
  | ProcessorEnd

/** A translation: the guest physical address, in bytes, and the rights of its page. */
export type TranslateEnd =
  | CommonEnd
  | ProcessorEnd
  | { readonly end: 'data'; readonly gpa: bigint; readonly rights: Rights }

/**
 * A read, write or exchange; `mmio` if some of its bytes are in no slot, or are written to a read-only one: `exits` are those
 * of KVM_RUN, in order, and `data` what was read, if it is known what the VMM answers. An exchange on a page that the host
 * does not let be written ends in an `exit`, or in #UD.
 */
export type DataEnd =
  | (CommonEnd & Exits)
  | ProcessorEnd
  | { readonly end: 'data'; readonly data?: Uint8Array }
  | { readonly end: 'mmio'; readonly exits: readonly MmioExit[]; readonly data?: Uint8Array }
  | (Exits & { readonly end: 'exit'; readonly errno?: undefined })

/** The exits as MMIO before another end. */
export interface Exits {
  readonly exits?: readonly MmioExit[]
}

/**
 * A load of registers, or #GP because the PDPTEs in memory are missing or have reserved bits; then nothing has changed.
 */
export type LoadEnd =
  | { readonly end: 'loaded' }
  | { readonly end: 'fault'; readonly exception: Exception }
  | { readonly end: 'abandoned' }

/**
 * An SMI. EINVAL: the vCPU is not in space 0, or the VM has no space 1. EIO: the registers cannot be saved; the vCPU is
 * in SMM by then, with the registers of before.
 */
export type SmiEnd =
  | { readonly end: 'entered' }
  | { readonly end: 'refused'; readonly errno: 'EINVAL' | 'EIO' }
  | { readonly end: 'abandoned' }

/**
 * RSM. EINVAL: the vCPU is not in SMM. The guest shuts down if the saved state cannot be read (still in SMM), or if no
 * processor can have it (outside SMM; its registers are then undefined).
 */
export type RsmEnd =
  | { readonly end: 'left' }
  | { readonly end: 'refused'; readonly errno: 'EINVAL' }
  | { readonly end: 'shutdown'; readonly inSmm: boolean }
  | { readonly end: 'abandoned' }

export const GP: Exception = Object.freeze({ vector: '#GP', error: 0 })
export const UD: Exception = Object.freeze({ vector: '#UD' })
