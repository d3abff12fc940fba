import { u64 } from '../../spec/terms/numbers.js'
import type { SetCall } from '../../spec/terms/operation.js'
import type { Outcome, RecordedRegion } from './recording/record.js'

/** A recorded argument as the specification takes it. */
export const setCallOf = (region: RecordedRegion, ioctl: 1 | 2): SetCall => ({
  op: 'set',
  as: region.as,
  id: region.id,
  flags: region.flags,
  gpa: u64(region.gpa),
  size: u64(region.size),
  hva: u64(region.hva),
  ioctl,
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

const FLAG_NAMES = ['LOG', 'RO', 'GUEST_MEMFD']

export const showFlags = (flags: number): string => {
  const names = FLAG_NAMES.filter((_, bit) => (flags & (1 << bit)) !== 0)
  const rest = (flags & ~7) >>> 0
  return [...names, ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join('|') || '0'
}

/** A memslot call in a line, for people. */
export const showSetCall = ({ as, id, flags, gpa, size, hva }: SetCall): string =>
  size === 0n
    ? `delete slot ${as === 0 ? '' : `${as}:`}${id}`
    : `set slot ${as === 0 ? '' : `${as}:`}${id} gpa=0x${gpa.toString(16)} size=0x${size.toString(16)} hva=0x${hva.toString(16)} flags=${showFlags(flags)}`
