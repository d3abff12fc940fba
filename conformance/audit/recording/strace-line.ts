import type { Outcome } from './record.js'

/** What one line of strace output is, taken by itself. */
export type StraceLine =
  | { readonly is: 'ioctl'; readonly head: Head; readonly call: Ioctl }
  | { readonly is: 'unfinished'; readonly head: Head; readonly text: string }
  | { readonly is: 'resumed'; readonly head: Head; readonly text: string }
  | { readonly is: 'gone'; readonly head: Head }
  | { readonly is: 'other'; readonly head: Head }
  | { readonly is: 'unknown' }

/** What stands before the call. Times are seconds since the epoch (`-ttt`) or since midnight (`-t`, `-tt`). */
export interface Head {
  readonly tid: number | null
  readonly at: number | null
}

/** A complete ioctl. `args` is the text behind the name, decoded only where somebody asks. */
export interface Ioctl {
  readonly fd: number
  readonly name: string
  readonly args: string
  readonly outcome: Outcome
  /** Seconds spent in the call (`-T`); null where not recorded. */
  readonly duration: number | null
}

// `20967 1795348284.332726 `, `[pid 20967] 12:00:01.5 `, either part may be missing; -Y adds `<name>` to the pid.
const HEAD =
  /^(?:\[pid +(\d+)(?:<[^>]*>)?\] +|(\d+)(?:<[^>]*>)? +)?(?:(\d+\.\d+) +|(\d\d):(\d\d):(\d\d(?:\.\d+)?) +)?/
const IOCTL = /^ioctl\((\d+)(?:<[^,]*>)?, (_IOC\([^)]*\)|[^,)]+)(?:, )?(.*)\)\s+= (-?\d+|0x[0-9a-f]+|\?)(.*)$/
const DURATION = /<(\d+\.\d+)>$/
const ERRNO = /^ \(?([A-Za-z][A-Za-z0-9]* ?\d*)/
const UNFINISHED = '<unfinished ...>'
const RESUMED = '<... ioctl resumed>'
// Stamps of -r count from the line before; they say nothing of when.
const EARLIEST_EPOCH = 1e6

const headOf = (found: RegExpExecArray): Head => {
  const tid = found[1] ?? found[2]
  const epoch = found[3] === undefined ? null : Number(found[3])
  const clock =
    found[4] === undefined ? null : Number(found[4]) * 3600 + Number(found[5]) * 60 + Number(found[6])
  return {
    tid: tid === undefined ? null : Number(tid),
    at: epoch === null ? clock : epoch < EARLIEST_EPOCH ? null : epoch,
  }
}

const outcomeOf = (value: string, rest: string): Outcome => {
  if (value === '?') return { is: 'unknown' }
  if (value !== '-1') return { is: 'value', value: Number(value) }
  return { is: 'error', errno: ERRNO.exec(rest)?.[1]?.trim() ?? 'unknown' }
}

// strace calls the newer ioctl by its number where it does not know its name.
const nameOf = (name: string): string =>
  name.startsWith('_IOC(') && name.includes('0xae, 0x49') ? 'KVM_SET_USER_MEMORY_REGION2' : name

/** Reads `ioctl(fd, NAME, args) = result …`; null where the text is not one. */
export const readIoctl = (text: string): Ioctl | null => {
  const found = IOCTL.exec(text)
  if (found === null) return null
  const [, fd, name, args, value, rest] = found as unknown as [string, string, string, string, string, string]
  const duration = rest === '' ? undefined : DURATION.exec(rest)?.[1]
  return {
    fd: Number(fd),
    name: nameOf(name),
    args,
    outcome: outcomeOf(value, rest),
    duration: duration === undefined ? null : Number(duration),
  }
}

// What was printed before the call was left, so that what follows `resumed>` continues it.
const beginning = (text: string): string => {
  const begun = text.slice(0, -UNFINISHED.length)
  return begun.endsWith(', ') ? begun : begun.trimEnd()
}

/** Reads one line of `strace [-f] [-ttt|-tt] [-T] [-y] -e trace=ioctl`. */
export const readStraceLine = (line: string): StraceLine => {
  const found = HEAD.exec(line) as RegExpExecArray // every part of it is optional
  const head = headOf(found)
  const text = found[0] === '' ? line : line.slice(found[0].length)
  if (text.startsWith('ioctl(')) {
    if (text.endsWith(UNFINISHED)) return { is: 'unfinished', head, text: beginning(text) }
    const call = readIoctl(text)
    return call === null ? { is: 'unknown' } : { is: 'ioctl', head, call }
  }
  if (text.startsWith(RESUMED)) return { is: 'resumed', head, text: text.slice(RESUMED.length) }
  if (text.startsWith('+++ ')) return { is: 'gone', head }
  if (text.startsWith('--- ') || text.startsWith('strace: ')) return { is: 'other', head }
  if (/^\w+\(.*(?:\)\s+= |<unfinished \.\.\.>$)|^<\.\.\. \w+ resumed>/.test(text))
    return { is: 'other', head }
  return { is: 'unknown' }
}
