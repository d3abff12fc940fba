import type { Environment } from './environment.js'

/** A slot that KVM makes for itself, in every address space, where processor and modules need it. */
export interface InternalSlot {
  readonly what: string
  readonly gpa: bigint
  readonly size: bigint
}

const PAGE = 4096n
/** Where the identity map lies if nobody says otherwise, and the page through which a local APIC is reached. */
const IDENTITY_MAP = 0xfffbc000n
const APIC_PAGE = 0xfee00000n

/**
 * The internal slots that a VM may have (arch/x86/kvm/vmx/vmx.c). Whether it has them depends on the processor: one
 * with unrestricted guests needs neither TSS nor identity map, and no slot is made.
 */
export const internalSlots = ({
  options,
  tss,
  identityMap,
  hasVcpu,
  irqchip,
}: Environment): readonly InternalSlot[] =>
  options.arch !== null && options.arch !== 'x86'
    ? []
    : [
        ...(tss === null
          ? []
          : [{ what: 'the TSS of KVM_SET_TSS_ADDR, three pages', gpa: tss, size: 3n * PAGE }]),
        ...(hasVcpu ? [{ what: 'the identity map', gpa: identityMap ?? IDENTITY_MAP, size: PAGE }] : []),
        ...(hasVcpu && irqchip ? [{ what: 'the APIC access page', gpa: APIC_PAGE, size: PAGE }] : []),
      ]

/** The internal slot that a range may overlap; null where there is none. */
export const internalOverlap = (environment: Environment, gpa: bigint, size: bigint): InternalSlot | null =>
  internalSlots(environment).find(slot => gpa < slot.gpa + slot.size && slot.gpa < gpa + size) ?? null
