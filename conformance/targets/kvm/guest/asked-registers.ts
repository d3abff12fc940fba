import { DEMANDS } from '../../../../spec/rules/registers/possible.js'
import type { RegistersCall } from '../../../../spec/terms/operation.js'
import { CR0_AM, EFER_LMA, RFLAGS_AC } from '../../../../spec/terms/paging/bits.js'
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
