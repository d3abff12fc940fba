import type { Outcome, RecordedRegion, RunEnd, RunExit, SlotName } from './record.js'

/** An ioctl as recorded, with its place. */
export interface RecordedIoctl {
  readonly line: number
  readonly endLine: number
  readonly tid: number | null
  readonly from: number | null
  readonly to: number | null
  readonly stack?: readonly string[]
  readonly fd: number
  /** What the recording says the descriptor is (`strace -y`), like `anon_inode:kvm-vm`; null: nothing. */
  readonly fdName: string | null
  readonly name: string
  readonly args: string
  readonly outcome: Outcome
  readonly end: RunEnd
  readonly exit: RunExit | null
}

/** How formats print the argument of a memslot call. */
export interface RegionReader {
  region(args: string): RecordedRegion | null
  slot(args: string): SlotName | null
}

/** A memslot call; its first group is `2` for the second of the two ioctls. */
export const SET = /^KVM_SET_USER_MEMORY_REGION(2?)$/

/** An argument that is a number; null: it is none. */
export const numberOf = (args: string): bigint | null => {
  const plain = args.replace(/\s*\/\*.*/, '').trim()
  return /^(?:0x[0-9a-f]+|\d+)$/i.test(plain) ? BigInt(plain) : null
}

export const placeOf = (at: RecordedIoctl) => ({
  line: at.line,
  endLine: at.endLine,
  tid: at.tid,
  from: at.from,
  to: at.to,
  ...(at.stack === undefined ? {} : { stack: at.stack }),
})
