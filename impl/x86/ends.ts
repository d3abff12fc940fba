/** An exception that the guest takes. */
export type Exception =
  | { readonly vector: '#PF'; readonly error: number; readonly cr2: bigint }
  | { readonly vector: '#GP'; readonly error: 0 }
  | { readonly vector: '#UD' }

/**
 * KVM_EXIT_INTERNAL_ERROR, suberror 1: an instruction that cannot be fetched. `ndata` and `flags` are words of its
 * data; `bytes` the whole window that was fetched before, `pending` an exception that stays queued (fetch-path.md, A
 * fetch that cannot be read).
 */
export interface InternalError {
  readonly suberror: 1
  readonly ndata: 6 | 8
  readonly flags: 0 | 1
  readonly bytes?: Uint8Array
  readonly pending?: '#UD'
}

/** What the entries on the way to an address allow together. */
export interface Rights {
  readonly write: boolean
  readonly user: boolean
  readonly execute: boolean
}

/** How an access by linear address can end, whatever it is. */
export type CommonEnd =
  | { readonly end: 'fault'; readonly exception: Exception }
  | { readonly end: 'fault'; readonly errno: 'ENOMEM' }
  | { readonly end: 'abandoned' }

/**
 * How else a fetch of the processor itself can end: KVM_RUN fails because the host has taken its rights from a page; or
 * the root of the guest's tables is no memory, and the run never returns, or the guest shuts down where its tables are
 * shadowed (real-kvm.md, The root in a hole).
 */
export type ProcessorEnd =
  | { readonly end: 'exit'; readonly errno: 'EFAULT' }
  | { readonly end: 'never returns' }
  | { readonly end: 'shutdown' }

/** A fetch: the bytes asked for, or an exit. */
export type FetchEnd =
  | CommonEnd
  | { readonly end: 'data'; readonly data: Uint8Array }
  | { readonly end: 'exit'; readonly exit: InternalError }
  | ProcessorEnd

/** A translation: where the address leads, in bytes. */
export type TranslateEnd = CommonEnd | { readonly end: 'data'; readonly gpa: bigint; readonly rights: Rights }

/** A read or write: `mmio` where some of its bytes are a device's. */
export type DataEnd =
  | CommonEnd
  | { readonly end: 'data'; readonly data?: Uint8Array }
  | { readonly end: 'mmio' }

/** Registers were loaded, or #GP because of what PAE's top entries are in memory: then nothing has changed. */
export type LoadEnd =
  | { readonly end: 'loaded' }
  | { readonly end: 'fault'; readonly exception: Exception }
  | { readonly end: 'abandoned' }

/** An SMI: EIO where the registers cannot be saved, and the vCPU is in SMM already; EINVAL where it cannot go there. */
export type SmiEnd =
  | { readonly end: 'entered' }
  | { readonly end: 'refused'; readonly errno: 'EINVAL' | 'EIO' }
  | { readonly end: 'abandoned' }

/**
 * RSM. The guest shuts down where what was saved cannot be read, in SMM still, or cannot be restored: then what its
 * registers are is not said.
 */
export type RsmEnd =
  | { readonly end: 'left' }
  | { readonly end: 'refused'; readonly errno: 'EINVAL' }
  | { readonly end: 'shutdown'; readonly inSmm: boolean }
  | { readonly end: 'abandoned' }

export const GP: Exception = Object.freeze({ vector: '#GP', error: 0 })
export const UD: Exception = Object.freeze({ vector: '#UD' })
