import type { CheckExtension } from './recording/record.js'

/** What a recording says of the machine it ran on; null where it does not. */
export interface RecordedLimits {
  /** KVM_CAP_MULTI_ADDRESS_SPACE. */
  readonly spaces: number | null
  /** KVM_CAP_NR_MEMSLOTS. */
  readonly slots: number | null
  /** KVM_CAP_READONLY_MEM. */
  readonly readonlyMem: boolean | null
}

export const nothingRecorded: RecordedLimits = { spaces: null, slots: null, readonlyMem: null }

/** The limits with what an answer of KVM_CHECK_EXTENSION adds. */
export const learn = (limits: RecordedLimits, { cap, outcome }: CheckExtension): RecordedLimits => {
  if (outcome.is !== 'value') return limits
  switch (cap) {
    case 'KVM_CAP_MULTI_ADDRESS_SPACE':
      return { ...limits, spaces: Math.max(1, outcome.value) } // 0: the capability is absent
    case 'KVM_CAP_NR_MEMSLOTS':
      return { ...limits, slots: outcome.value }
    case 'KVM_CAP_READONLY_MEM':
      return { ...limits, readonlyMem: outcome.value !== 0 }
    default:
      return limits
  }
}
