import { DEMANDS } from '../../../../spec/rules/registers/possible.js'
import { u64 } from '../../../../spec/terms/numbers.js'
import type { RegistersCall } from '../../../../spec/terms/operation.js'
import {
  CR0_AM,
  CR4_PAE,
  CR4_PSE,
  CR4_SMAP,
  EFER_LMA,
  RFLAGS_AC,
} from '../../../../spec/terms/paging/bits.js'
import { defaultCpu } from '../../../../spec/terms/paging/registers.js'
import { refuse } from '../refusal.js'
import { MAY_SPEAK } from './physical.js'

/**
 * Refuses registers of which the kernel cannot say what a processor would: RFLAGS and EFER it does not look at, and 64-bit
 * code outside long mode it takes from no userspace, though a guest can load it. What it refuses anyway it may be asked.
 */
export const refuseUnheard = (o: RegistersCall): void => {
  const cpu = o.cpu ?? defaultCpu
  const failing = DEMANDS.filter(({ holds }) => !holds(o, cpu))
  if (failing.some(({ isOfProcessor }) => !isOfProcessor)) return
  if (failing.length > 0) throw refuse({ kind: 'flags' })
  if (o.cs.l && (o.efer & EFER_LMA) === 0n) throw refuse({ kind: 'long-code' })
}

/** Bits of CR4, but for those that every processor in question has; above bit 31 there is none. */
const FEATURES = 0xffff_ffffn & ~(CR4_PSE | CR4_PAE)

/** The registers without what a processor has by CPUID: that KVM takes these shows that it refuses one of those. */
export const withoutFeatures = (o: RegistersCall): RegistersCall => ({
  ...o,
  cr4: u64(o.cr4 & ~FEATURES),
})

/** Whether the processor holds data to its alignment, of which the rules say nothing. */
export const checksAlignment = ({ cr0, cpl, rflags }: RegistersCall): boolean =>
  cpl === 3 && (cr0 & CR0_AM) !== 0n && (rflags & RFLAGS_AC) !== 0n

/**
 * RFLAGS with which a case's code runs: it may speak through a port. pvm's processor checks alignment at CPL 3 by RFLAGS.AC
 * alone, whatever the guest's CR0.AM, and AC means nothing else there: without AM it is left out.
 */
export const rflagsOf = (image: RegistersCall): bigint => {
  const unused = image.cpl === 3 && (image.cr0 & CR0_AM) === 0n ? RFLAGS_AC : 0n
  return (image.rflags & ~unused) | MAY_SPEAK
}

/**
 * The same for a fetch, which SMAP does not concern: where one of a supervisor fails, pvm looks again as for data, and reports a
 * page fault by SMAP. AC turns SMAP off.
 */
export const rflagsOfFetch = (image: RegistersCall): bigint =>
  rflagsOf(image) | (image.cpl < 3 && (image.cr4 & CR4_SMAP) !== 0n ? RFLAGS_AC : 0n)
