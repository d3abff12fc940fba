/** The slots that KVM makes for itself on x86, by ascending id: `slotLimit`, and those after it. */
export const OWN_SLOTS = ['tss', 'apic-page', 'identity-map'] as const
export type OwnSlot = (typeof OWN_SLOTS)[number]

/** How many pages before the end of user space the memory of each begins. */
export const PAGES_FROM_END: Readonly<Record<OwnSlot, number>> = { tss: 3, 'apic-page': 4, 'identity-map': 5 }
