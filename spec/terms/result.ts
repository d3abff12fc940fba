import type { Bytes } from './memory.js'
import type { MmioExit } from './mmio.js'
import type { Generation, U64 } from './numbers.js'
import type { PageSet, Run } from './page-set.js'

/** The errnos that an answer may have. */
export const ERRNOS = [
  'ENOENT',
  'EINTR',
  'EIO',
  'ENXIO',
  'E2BIG',
  'EBADF',
  'EAGAIN',
  'ENOMEM',
  'EFAULT',
  'EEXIST',
  'EINVAL',
  'ENOSPC',
  'ENOTTY',
  'ESTALE',
] as const
/** An errno, by its name. */
export type Errno = (typeof ERRNOS)[number]

/** How an access ends. `mmio` is an exit to userspace as for a device; `exit` any other exit of KVM_RUN. */
export type AccessEnd =
  | 'data'
  | 'mmio'
  | 'fault'
  | 'exit'
  | 'eagain'
  | 'abandoned'
  | 'shutdown'
  | 'never returns'

/** An exception that the guest takes. `error` is its error code, `cr2` what #PF leaves in CR2. A triple fault shuts it down. */
export interface Exception {
  readonly vector: '#PF' | '#GP' | '#UD' | 'triple fault'
  readonly error?: number
  readonly cr2?: U64
}

/**
 * KVM_EXIT_INTERNAL_ERROR, and how many data words it has. With suberror 1 (EMULATION) an instruction cannot be fetched:
 * of its words the flags (bit 0: bytes are given) and the bytes that were fetched before. With suberror 3 (DELIVERY_EV)
 * an exception could not be delivered: its words are the processor's, and none of them is told.
 */
export interface InternalError {
  readonly suberror: number
  readonly ndata: number
  readonly flags?: number
  /** The whole prefetched window, up to 15 bytes: `insn_size` is their number. */
  readonly bytes?: Bytes
  /** An exception is left queued: entering the guest again delivers it. */
  readonly pending?: '#UD'
}

/** Rights of a translation, accumulated over all its entries. */
export interface Rights {
  readonly write: boolean
  readonly user: boolean
  readonly execute: boolean
}

/** What an access by linear address answers besides its end. */
export interface AccessDetails {
  readonly exception?: Exception
  readonly exit?: InternalError
  /** Where the address was translated to, in bytes. */
  readonly gpa?: U64
  readonly rights?: Rights
  /** Exits of KVM_RUN as MMIO, in order. */
  readonly mmio?: readonly MmioExit[]
}

/** Dirty bits of pages whose logging an update ended, by page of the slot of the set before it. */
export interface Retired {
  readonly id: number
  readonly base: number
  readonly npages: number
  readonly set: PageSet
  readonly maybe: PageSet
}

/** The slot behind a frame, and what it maps the frame to. */
export interface Found {
  readonly id: number
  /** Index of the page in its slot. */
  readonly page: number
  readonly hva: U64
  readonly ro: boolean
  readonly log: boolean
}

/** A range of frames of one slot: `npages` pages from `gfn`. */
export interface BackedRange {
  readonly as: number
  readonly id: number
  readonly gfn: number
  readonly npages: number
}

/** What the specification says a call returns or an access ends in; sets of pages may be uncertain. */
export type Result =
  | { readonly is: 'error'; readonly errno: Errno; readonly index: number | null; readonly bound: U64 | null }
  | { readonly is: 'done'; readonly generation: Generation | null }
  | {
      readonly is: 'log'
      readonly as: number
      readonly id: number
      readonly set: PageSet
      readonly maybe: PageSet
      /** Bytes of bitmap: `ALIGN(npages, 64) / 8`. */
      readonly bytes: number
      readonly generation: Generation
    }
  | {
      readonly is: 'batch'
      readonly generation: Generation
      readonly retired: readonly Retired[]
      /** How the caller asked for them: counts and bits, counts, or only the total. */
      readonly asked: 'bits' | 'records' | 'total'
    }
  | { readonly is: 'found'; readonly found: Found | null }
  | { readonly is: 'ranges'; readonly ranges: readonly BackedRange[] }
  | {
      readonly is: 'access'
      readonly end: AccessEnd
      readonly data: Bytes | null
      readonly errno: Errno | null
      readonly details: AccessDetails | null
    }
  | { readonly is: 'loaded'; readonly exception: Exception | null }

/**
 * A record of retired bits as an implementation answered it: `count` set bits, and the bits where they were asked for.
 */
export interface SeenRetired {
  readonly id: number
  readonly base: number
  readonly npages: number
  readonly count: number
  readonly bits?: readonly Run[]
}

/** What an implementation was seen to answer. Fields that it cannot observe are absent. */
export type Seen =
  | { readonly is: 'error'; readonly errno: string; readonly index?: number; readonly bound?: U64 }
  | {
      readonly is: 'ok'
      readonly generation?: number
      readonly bits?: readonly Run[]
      readonly bytes?: number
      readonly retired?: readonly SeenRetired[]
      readonly retiredCount?: number
      readonly found?: Found | null
      readonly ranges?: readonly BackedRange[]
      readonly exception?: Exception
    }
  | ({
      readonly is: 'access'
      readonly end: AccessEnd
      readonly data?: Bytes
      readonly errno?: string
    } & AccessDetails)

/**
 * A failure: the errno, and for a batch the index of the entry at fault and the bytes of result space that were needed.
 */
export const failed = (errno: Errno, index: number | null = null, bound: U64 | null = null): Result => ({
  is: 'error',
  errno,
  index,
  bound,
})
/** The end of an access. */
export const ended = (
  end: AccessEnd,
  data: Bytes | null = null,
  errno: Errno | null = null,
  details: AccessDetails | null = null,
): Result => ({
  is: 'access',
  end,
  data,
  errno,
  details,
})
