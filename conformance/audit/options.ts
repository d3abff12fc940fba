import { type RangeNames, x86Names } from './range-names.js'
import type { Update } from './update.js'

/** Architectures of KVM hosts. Only x86 has a profile of its own. */
export const ARCHES = ['x86', 'arm64', 's390x', 'riscv64', 'ppc64'] as const
export type Arch = (typeof ARCHES)[number]

/** What the user says of the recording and of the machine it was made on. */
export interface AuditOptions {
  /** Seconds between two calls of a thread beyond which they are not of one commit. */
  readonly pause: number
  /** Null: not said. Then x86 is assumed, and what another architecture allows is no deviation. */
  readonly arch: Arch | null
  /** Bytes of a host page; null: not said. */
  readonly pageSize: number | null
  /** Bits of a guest-physical address; null: not said. */
  readonly physBits: number | null
  /** What guest memory is called. */
  readonly names: RangeNames
  /** Told each update when it has ended. */
  readonly onUpdate?: (update: Update) => void
}

export const defaultOptions: AuditOptions = {
  pause: 0.25,
  arch: null,
  pageSize: null,
  physBits: null,
  names: x86Names,
}

/** So many pauses long an absence may be and still leave open whether a slow commit caused it. */
export const DOUBTFUL_PAUSES = 8
