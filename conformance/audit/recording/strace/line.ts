import type { LineIs } from '../reader.js'
import { type Head, readHead } from './head.js'
import { type Ioctl, readIoctl } from './ioctl.js'

/** What one line of strace output is, taken by itself. */
export type StraceLine =
  | { readonly kind: 'ioctl'; readonly head: Head; readonly call: Ioctl }
  | { readonly kind: 'unfinished'; readonly head: Head; readonly text: string }
  | { readonly kind: 'resumed'; readonly head: Head; readonly name: string; readonly text: string }
  | { readonly kind: 'gone'; readonly head: Head }
  | { readonly kind: 'system call'; readonly head: Head; readonly text: string }
  /** ` > /usr/bin/qemu(main+0x9) [0x40e579]`: where the call above was made (`-k`). */
  | { readonly kind: 'stack'; readonly frame: string }
  /** A signal that a thread of the same process sent by tgkill, as a VMM kicks its vCPUs: `pid` is that process. */
  | { readonly kind: 'kicked'; readonly head: Head; readonly pid: number }
  | { readonly kind: 'other'; readonly head: Head }
  /** An ioctl that does not end: wrapped, or cut. */
  | { readonly kind: 'beginning' }
  | { readonly kind: 'unknown' }

const UNFINISHED = '<unfinished ...>'
/** strace left the thread in the middle of the call. */
const DETACHED = '<detached ...>'
const RESUMED = /^<\.\.\. (\w+) resumed>/
const KICK = /si_code=SI_TKILL, si_pid=(\d+)/
const CUT = /= -1 [A-Z]+ \([^)]*$/
// With `-kk` the place in the source follows; a name of C++ or Rust has parentheses and spaces of its own.
const STACK =
  /^ ?> (?:([^(\s]*)\((.*)\)|(unexpected_backtracing_error|\?\?\?)) \[0x[0-9a-f]+\](?: \S.*:\d+)?$/
const OFFSET = /\+0x[0-9a-f]+$/

// What was printed before the call was left, so that what follows `resumed>` continues it.
const beginning = (text: string): string => {
  const begun = text.slice(0, -UNFINISHED.length)
  return begun.endsWith(', ') ? begun : begun.trimEnd()
}

/** Reads one line of strace, whatever its options. */
export const readStraceLine = (line: string): StraceLine => {
  const head = readHead(line)
  const plain = head.length === 0 ? line : line.slice(head.length)
  const text = plain.endsWith(DETACHED) ? plain.slice(0, -DETACHED.length) + UNFINISHED : plain
  if (text.startsWith('ioctl(') && !text.endsWith(UNFINISHED)) {
    const call = readIoctl(text)
    return call === null ? { kind: 'beginning' } : { kind: 'ioctl', head, call }
  }
  if (text.endsWith(UNFINISHED) && /^\w+\(/.test(text))
    return { kind: 'unfinished', head, text: beginning(text) }
  const resumed = RESUMED.exec(text)
  // `= -1 EINTR (Interrupted` goes on in the next line of a post.
  if (resumed !== null && CUT.test(text)) return { kind: 'beginning' }
  if (resumed !== null)
    return { kind: 'resumed', head, name: resumed[1] as string, text: text.slice(resumed[0].length) }
  if (text.startsWith('+++ ')) return { kind: 'gone', head }
  if (text.startsWith('--- ')) {
    if (!text.endsWith(' ---')) return { kind: 'beginning' }
    const pid = KICK.exec(text)?.[1]
    return pid === undefined ? { kind: 'other', head } : { kind: 'kicked', head, pid: Number(pid) }
  }
  if (text.startsWith('strace: ')) return { kind: 'other', head }
  if (/^\w+\(.*\)\s*= /.test(text)) return { kind: 'system call', head, text }
  const frame = STACK.exec(line)
  if (frame !== null) {
    const [, program = '', symbol = '', error] = frame
    return { kind: 'stack', frame: error ?? (symbol === '' ? `${program}()` : symbol.replace(OFFSET, '')) }
  }
  return { kind: /^<\.\.\. ioctl resumed/.test(text) ? 'beginning' : 'unknown' }
}

/** What a line is, by itself. */
export const straceLineIs = (line: string): LineIs => {
  const { kind } = readStraceLine(line)
  return kind === 'unknown' || kind === 'beginning' ? kind : 'whole'
}
