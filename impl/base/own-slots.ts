/** The slots that KVM makes for itself on x86, by ascending id: `slotLimit`, and those after it. */
export const OWN_SLOTS = ['tss', 'apic-page', 'identity-map'] as const
export type OwnSlot = (typeof OWN_SLOTS)[number]
