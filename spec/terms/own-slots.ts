import { type U64, u64 } from './numbers.js'

/**
 * The slots that KVM makes for itself on x86, in the order of their ids from `slotLimit` on (`TSS_PRIVATE_MEMSLOT` and those after
 * it, arch/x86/include/asm/vmx.h).
 */
export const OWN_SLOTS = ['tss', 'apic-page', 'identity-map'] as const
export type OwnSlot = (typeof OWN_SLOTS)[number]

/** Where a slot of KVM's own lies, in bytes. */
export interface OwnRegion {
  readonly id: number
  readonly gpa: U64
  readonly size: U64
  readonly hva: U64
}

/** What of the parameters says where they lie. */
interface Placing {
  readonly slotLimit: number
  readonly identityMap: U64
  readonly hvaLimit: bigint
}

interface Owning {
  readonly slotLimit: number
  readonly ownSlots: readonly OwnSlot[]
}

/** `APIC_DEFAULT_PHYS_BASE`. */
const APIC_PAGE = u64(0xfee00000n)
/** `VMX_EPT_IDENTITY_PAGETABLE_ADDR`: where the identity map is if its address was not set, or set to 0. */
export const IDENTITY_MAP = u64(0xfffbc000n)
const PAGE = 4096n
const PAGES: Readonly<Record<OwnSlot, bigint>> = { tss: 3n, 'apic-page': 1n, 'identity-map': 1n }

/**
 * The region of a slot of KVM's own; the TSS at `tss`. Its memory is a mapping that KVM makes (`vm_mmap`), and no call says where: here
 * it is at the end of user space, the TSS last.
 */
export const ownRegion = (which: OwnSlot, params: Placing, tss: U64 = u64(0)): OwnRegion => {
  const index = OWN_SLOTS.indexOf(which)
  const gpa = {
    tss,
    'apic-page': APIC_PAGE,
    'identity-map': params.identityMap === 0n ? IDENTITY_MAP : params.identityMap,
  }[which]
  return {
    id: params.slotLimit + index,
    gpa,
    size: u64(PAGES[which] * PAGE),
    hva: u64(params.hvaLimit - ownBytes([which])),
  }
}

/** The bytes at the end of user space that the memory of these slots takes, the room of those between them included. */
export const ownBytes = (ownSlots: readonly OwnSlot[]): bigint => {
  const last = Math.max(-1, ...ownSlots.map(which => OWN_SLOTS.indexOf(which)))
  return PAGE * OWN_SLOTS.slice(0, last + 1).reduce((pages, which) => pages + PAGES[which], 0n)
}

/** Whether an id is that of a slot that KVM makes for itself here. */
export const isOwnId = (id: number, { ownSlots, slotLimit }: Owning): boolean =>
  ownSlots.some(which => slotLimit + OWN_SLOTS.indexOf(which) === id)
