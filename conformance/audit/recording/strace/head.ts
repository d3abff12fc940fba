/** Less is a difference of `-r`: no recording is from 1970. */
export const MIN_EPOCH = 1e6

/** What stands before a call on a line of strace. */
export interface Head {
  readonly tid: number | null
  /** The stamp as printed; what it counts from depends on strace's options. */
  readonly stamp: Stamp | null
  /** How many characters it takes. */
  readonly length: number
}

export type Stamp =
  /** Seconds since the epoch (`-ttt`), or since the line before (`-r`). */
  | {
      readonly kind: 'seconds'
      readonly seconds: number
      readonly decimals: number
      readonly padded: boolean
    }
  /** Seconds since midnight (`-t`, `-tt`). */
  | { readonly kind: 'clock'; readonly seconds: number; readonly decimals: number }

// `20967 `, `20967<qemu> `, `[pid 20967] `, with --decode-pids=pidns a comment after it.
const TID = /^(?:\[pid +(\d+)(?:<[^>]*>)?(?: \/\*[^*]*\*\/)?\] +|(\d{1,8})(?:<[^>]*>)?(?: \/\*[^*]*\*\/)? +)?/
// `12:00:01.5 `, `1795348284.332726 `, `     0.000123 `, `(+     0.000123) ` after either.
const STAMP =
  /^(?: *(\d\d):(\d\d):(\d\d)(?:\.(\d+))? +| *(\d+)\.(\d+) +| *(\d{9,}) +)?(?:\(\+ *(\d+)(?:\.(\d+))?\) +)?/
// `     0 `: a difference of `--relative-timestamps=s`, six wide.
const WHOLE_SECONDS = /^ *(\d{1,6}) +/
const ZERO_SECONDS = /^ {5}0 /
// `[  16] ` (-n) and `[00007fad0e1b6d6b] ` (-i).
const EXTRAS = /^(?:\[ *\d+\] )?(?:\[(?:[0-9a-f]{8,16}|\?+)\] )?/

const stampOf = (found: RegExpExecArray, padded: boolean): Stamp | null => {
  const [, h, m, s, fraction = '', whole, part = '', epoch] = found
  if (h !== undefined)
    return {
      kind: 'clock',
      seconds: Number(h) * 3600 + Number(m) * 60 + Number(`${s}.${fraction}0`),
      decimals: fraction.length,
    }
  if (whole !== undefined)
    return { kind: 'seconds', seconds: Number(`${whole}.${part}`), decimals: part.length, padded }
  return epoch === undefined ? null : { kind: 'seconds', seconds: Number(epoch), decimals: 0, padded: false }
}

const ZERO = 48
const NINE = 57
const SPACE = 32
const POINT = 46

/** The head that `-f -ttt` writes, `20967 1795348284.332726 `, read without an expression; null: it is another. */
const commonHead = (line: string): Head | null => {
  let at = 0
  let tid = 0
  let code = line.charCodeAt(at)
  while (code >= ZERO && code <= NINE) {
    tid = tid * 10 + code - ZERO
    code = line.charCodeAt(++at)
  }
  if (at === 0 || at > 8 || code !== SPACE) return null
  const start = ++at
  code = line.charCodeAt(at)
  while (code >= ZERO && code <= NINE) code = line.charCodeAt(++at)
  if (at - start < 7 || code !== POINT) return null
  const point = at
  code = line.charCodeAt(++at)
  while (code >= ZERO && code <= NINE) code = line.charCodeAt(++at)
  const next = line.charCodeAt(at + 1)
  // More may follow: a difference in parentheses, a number in brackets, a column of spaces.
  if (code !== SPACE || next === 40 || next === 91 || next === SPACE) return null
  const seconds = Number(line.slice(start, at))
  return {
    tid,
    stamp: { kind: 'seconds', seconds, decimals: at - point - 1, padded: false },
    length: at + 1,
  }
}

/** Reads what stands before the call. Every part of it is optional. */
export const readHead = (line: string): Head => commonHead(line) ?? anyHead(line)

const differenceOf = (seconds: number): Stamp => ({ kind: 'seconds', seconds, decimals: 0, padded: true })

/** A head whose number is a difference in whole seconds and no thread, as the lines before have shown. */
export const withWholeSeconds = (head: Head): Head =>
  head.tid === null || head.stamp !== null ? head : { ...head, tid: null, stamp: differenceOf(head.tid) }

/** Whether a head shows that: the differences of a recording begin with 0. */
export const showsWholeSeconds = ({ tid, stamp }: Head): boolean =>
  tid === null && stamp?.kind === 'seconds' && stamp.padded && stamp.decimals === 0

/** Without a thread the first such difference is 0, which is no thread; others, as posted, may be either. */
const wholeSeconds = (tid: string, rest: string): RegExpExecArray | null =>
  tid.endsWith('  ') || (tid === '' && ZERO_SECONDS.test(rest)) ? WHOLE_SECONDS.exec(rest) : null

const anyHead = (line: string): Head => {
  const tid = TID.exec(line) as RegExpExecArray // it matches the empty string
  const afterTid = line.slice(tid[0].length)
  const stamp = STAMP.exec(afterTid) as RegExpExecArray
  const seconds = stamp[0] === '' ? wholeSeconds(tid[0], afterTid) : null
  const told = seconds?.[0] ?? stamp[0]
  const extras = EXTRAS.exec(afterTid.slice(told.length)) as RegExpExecArray
  const named = tid[1] ?? tid[2]
  if (seconds !== null)
    return {
      tid: named === undefined ? null : Number(named),
      stamp: differenceOf(Number(seconds[1])),
      length: tid[0].length + told.length + extras[0].length,
    }
  return {
    tid: named === undefined ? null : Number(named),
    // `-r` prints its differences in a column, `-ttt` its times without one.
    stamp: stampOf(stamp, stamp[0].startsWith(' ') || tid[0].endsWith('  ')),
    length: tid[0].length + stamp[0].length + extras[0].length,
  }
}
