import { type GuestAccess, withoutSlot } from '../../../../oracle/without-slot.js'
import type { AccessEnd } from '../../../../spec/terms/result.js'
import type { ReportWindow } from '../codec.js'

export interface AccessOutcome {
  readonly access: GuestAccess
  readonly meets: string
}

/** What the ends of accesses are to a guest and its VMM. Seen on five kernels, and by path in Linux's source. */
const WORDS: Readonly<Record<GuestAccess, Partial<Readonly<Record<AccessEnd, string>>>>> = {
  fetch: {
    exit: 'KVM_EXIT_INTERNAL_ERROR, suberror 1 (emulation): a VMM stops the VM. Without KVM_CAP_EXIT_ON_EMULATION_FAILURE the guest gets #UD as well; in user mode it may get #UD only.',
  },
  read: { mmio: 'a spurious KVM_EXIT_MMIO: the guest reads whatever the VMM answers for a device.' },
  write: {
    mmio: 'a spurious KVM_EXIT_MMIO: the data go to the VMM and not to memory, and no dirty bit is set.',
  },
  walk: { fault: 'if a page table lies there, the guest takes a #PF for an address that is mapped.' },
}

const ACCESSES: readonly GuestAccess[] = ['fetch', 'read', 'write', 'walk']

/** What a vCPU's access to a frame without a slot ends in, as the rules of the specification have it. */
export const inAHole: readonly AccessOutcome[] = ACCESSES.map(access => {
  const { end, rule } = withoutSlot(access)
  return { access, meets: WORDS[access][end] ?? `${end}, by ${rule}.` }
})

/** What there is to say of one window beyond that. */
export const especially = ({ size, readOnly, backing, exits }: ReportWindow): string => {
  const remarks: string[] = []
  if (readOnly !== '0x0')
    remarks.push(
      readOnly === size ? 'read-only: writes exit anyway' : 'partly read-only: writes there exit anyway',
    )
  if (backing !== 'same')
    remarks.push(backing === 'other' ? 'comes back re-backed' : 'partly comes back re-backed')
  if (exits.internalError > 0)
    remarks.push(`HIT: ${exits.internalError} KVM_RUN ended in an internal error within it`)
  if (exits.mmio > 0) remarks.push(`${exits.mmio} MMIO exits within it`)
  return remarks.join('; ')
}
