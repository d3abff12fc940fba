import { MIN_EPOCH, readHead } from '../strace/head.js'

/** Who wrote a line, and when. */
export interface LineTime {
  readonly tid: number | null
  /** Seconds, of whatever clock the lines share; null: the line has no stamp of its own. */
  readonly at: number | null
}

/** A line of a QEMU trace: `23396@1795348916.607693:kvm_set_user_memory …`. */
const TRACED = /^(\d+)@(\d+\.\d+):/

/** What the beginning of a line tells of it, whatever follows. A difference of `strace -r` is no time. */
export const lineTime = (text: string): LineTime => {
  const traced = TRACED.exec(text)
  if (traced !== null) return { tid: Number(traced[1]), at: Number(traced[2]) }
  const { tid, stamp } = readHead(text)
  // `-f` pads thread ids, so that any stamp may follow two spaces; differences are small besides.
  const relative = stamp?.kind === 'seconds' && stamp.padded && stamp.seconds < MIN_EPOCH
  return { tid, at: stamp === null || relative ? null : stamp.seconds }
}
