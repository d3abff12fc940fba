import { MIN_EPOCH } from './head.js'

const ZERO = 48
const NINE = 57
const SPACE = 32
const POINT = 46
const LESS = 60
const GREATER = 62

const IOCTL = 'ioctl('
const RUN = ', KVM_RUN, 0) = '

/** Told of a KVM_RUN; false: the line has to be read the long way. */
export type OnRun = (
  tid: number,
  fd: number,
  /** The stamp's digits as one integer, and how many of them are decimals. */
  stamp: number,
  decimals: number,
  duration: number | null,
  interrupted: boolean,
) => boolean

/**
 * Reads `20970 1795348284.332726 ioctl(10<anon_inode:kvm-vcpu:0>, KVM_RUN, 0) = 0 <0.000017>` where it stands, with
 * neither a slice nor an expression: 99 of 100 lines of a recording are like that. False: it is another line.
 */
export const scanRun = (text: string, start: number, end: number, onRun: OnRun): boolean => {
  let at = start
  let code = text.charCodeAt(at)
  if (code < ZERO || code > NINE) return false
  let tid = 0
  while (at < end && code >= ZERO && code <= NINE) {
    tid = tid * 10 + code - ZERO
    code = text.charCodeAt(++at)
  }
  let stamp = 0
  if (code !== SPACE) return false
  while (code === SPACE) code = text.charCodeAt(++at)
  while (code >= ZERO && code <= NINE) {
    stamp = stamp * 10 + code - ZERO
    code = text.charCodeAt(++at)
  }
  // Less is a difference of `-r`, and no digit at all no stamp.
  if (code !== POINT || stamp < MIN_EPOCH) return false
  code = text.charCodeAt(++at)
  const point = at
  while (code >= ZERO && code <= NINE) {
    stamp = stamp * 10 + code - ZERO
    code = text.charCodeAt(++at)
  }
  const decimals = at - point
  // More digits than a double holds exactly: nanoseconds are read the long way.
  if (code !== SPACE || decimals > 6 || !text.startsWith(IOCTL, at + 1)) return false
  at += 1 + IOCTL.length
  let fd = 0
  code = text.charCodeAt(at)
  while (code >= ZERO && code <= NINE) {
    fd = fd * 10 + code - ZERO
    code = text.charCodeAt(++at)
  }
  if (code === LESS) at = text.indexOf('>, ', at) + 1
  if (at <= 0 || at >= end || !text.startsWith(RUN, at)) return false
  at += RUN.length
  let interrupted = false
  if (text.charCodeAt(at) === ZERO) at++
  else if (text.startsWith('-1 EINTR (Interrupted system call)', at)) {
    at += 34
    interrupted = true
  } else return false
  if (at === end) return onRun(tid, fd, stamp, decimals, null, interrupted)
  if (text.charCodeAt(at) !== SPACE || text.charCodeAt(at + 1) !== LESS) return false
  if (text.charCodeAt(end - 1) !== GREATER) return false
  let duration = 0
  let scale = 1
  let fraction = false
  for (let i = at + 2; i < end - 1; i++) {
    const digit = text.charCodeAt(i)
    if (digit === POINT) fraction = true
    else if (digit >= ZERO && digit <= NINE) {
      duration = duration * 10 + digit - ZERO
      if (fraction) scale *= 10
    } else return false
  }
  return onRun(tid, fd, stamp, decimals, duration / scale, interrupted)
}
