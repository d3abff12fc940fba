import { type U64, u64 } from '../../spec/terms/numbers.js'
import { type OwnSlot, ownRegion } from '../../spec/terms/own-slots.js'
import { defaultParameters } from '../../spec/terms/parameters.js'
import type { Environment } from './environment.js'
import { showRange } from './set-call.js'

/** A slot that KVM makes for itself, in every address space, where processor and modules need it. */
interface InternalSlot {
  readonly what: string
  /** Null where no line says. */
  readonly at: { readonly gpa: bigint; readonly size: bigint } | null
}

const regionOf = (which: OwnSlot, tss?: U64) => ownRegion(which, defaultParameters, tss)

/**
 * The internal slots that a VM may have (arch/x86/kvm/vmx/vmx.c). Whether it has them depends on the processor: one
 * with unrestricted guests needs neither TSS nor identity map, and no slot is made.
 */
const internalSlots = ({
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
          : [{ what: 'the TSS of KVM_SET_TSS_ADDR, three pages', at: regionOf('tss', u64(tss)) }]),
        ...(hasVcpu && irqchip ? [{ what: 'the APIC access page', at: regionOf('apic-page') }] : []),
        ...(hasVcpu
          ? [{ what: 'the identity map', at: identityMap === 'default' ? regionOf('identity-map') : null }]
          : []),
      ]

/** Which internal slot a range overlaps, or may overlap; null where there is none. */
export const internalOverlap = (environment: Environment, gpa: bigint, size: bigint): string | null => {
  const slot = internalSlots(environment).find(
    ({ at }) => at === null || (gpa < at.gpa + at.size && at.gpa < gpa + size),
  )
  if (slot === undefined) return null
  return slot.at === null
    ? `the range may overlap a slot of KVM’s own, ${slot.what}: where KVM_SET_IDENTITY_MAP_ADDR has put it is not recorded`
    : `the range overlaps a slot of KVM’s own, ${slot.what} at ${showRange(slot.at.gpa, slot.at.size)}`
}
