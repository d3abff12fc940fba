import { addressOf, u64 } from '../../spec/terms/numbers.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { GUEST_MEMFD } from '../../spec/terms/slot.js'
import { showFlags } from '../reports/audit/words/flags.js'
import type { Outcome, RecordedRegion } from './recording/record.js'

/** A recorded argument as the specification takes it. */
export const setCallOf = (region: RecordedRegion, ioctl: 1 | 2 | null): SetCall => ({
  op: 'set',
  as: region.as,
  id: region.id,
  flags: region.flags,
  gpa: u64(region.gpa),
  size: u64(region.size),
  hva: u64(region.hva),
  // Only the second ioctl takes guest_memfd; a trace that does not say which it was shows it by that.
  ioctl: ioctl ?? ((region.flags & GUEST_MEMFD) !== 0 ? 2 : 1),
})

/** `success`, the error's name, or null where the recording does not say. */
export const seenOf = (outcome: Outcome): string | null => {
  switch (outcome.is) {
    case 'value':
      return 'success'
    case 'error':
      return outcome.errno
    case 'unknown':
      return null
  }
}

export const hex = (n: bigint): string => `0x${n.toString(16)}`
export const hexOfPages = (pages: number): string => hex(addressOf(pages))
/** First and last byte. */
export const showRange = (gpa: bigint, size: bigint): string => `${hex(gpa)}-${hex(gpa + size - 1n)}`
/** A slot, with its address space where that is not 0. */
export const showSlot = (as: number, id: number): string => (as === 0 ? `${id}` : `${as}:${id}`)

/** A memslot call in a line, for people. */
export const showSetCall = ({ as, id, flags, gpa, size, hva }: SetCall): string =>
  size === 0n
    ? `delete slot ${as === 0 ? '' : `${as}:`}${id}`
    : `set slot ${as === 0 ? '' : `${as}:`}${id} gpa=0x${gpa.toString(16)} size=0x${size.toString(16)} hva=0x${hva.toString(16)} flags=${showFlags(flags)}`
