import { requestName } from '../kvm-requests.js'
import type { Outcome, RunExit } from '../record.js'

/** A complete ioctl. `args` is the text after the name, decoded only where somebody asks. */
export interface Ioctl {
  readonly fd: number
  /** What `-y` says of the descriptor; null without it. */
  readonly fdName: string | null
  readonly name: string
  readonly args: string
  readonly outcome: Outcome
  /** Seconds spent in the call (`-T`); null where not recorded. */
  readonly duration: number | null
  /** Decimals of the duration: strace cuts what is beyond them. */
  readonly decimals: number
  readonly exit: RunExit | null
}

const IOCTL =
  /^ioctl\((\d+|0x[0-9a-f]+)(?:<(.*?)>(?=, ))?, (_IOC\([^)]*\)|[^,)/]+)(?: \/\* (\w+)[^*]*\*\/)?(?:,\s*(.*?))?\s*\)\s*= (-?\d+|0x[0-9a-f]+|\?)(.*)$/
// `= -1 EINTR (Interrupted` goes on in the next line of a post.
const CUT = /\([^)]*$/
const DURATION = /<(\d+(?:\.(\d+))?)>$/
const ERRNO = /^ \(?([A-Za-z][A-Za-z0-9]* ?\d*)/
const EXIT = /\(KVM_EXIT_(MMIO|INTERNAL_ERROR)\b/

const outcomeOf = (value: string, rest: string): Outcome => {
  if (value === '?') return { is: 'unknown' }
  if (!value.startsWith('-')) return { is: 'value', value: Number(value) }
  return { is: 'error', errno: ERRNO.exec(rest)?.[1]?.trim() ?? 'unknown' }
}

// strace calls an ioctl by its parts where it does not know its name, and by its number with -X raw and -e raw.
const nameOf = (name: string, comment: string | undefined): string => {
  if (comment !== undefined && !name.startsWith('KVM_')) return comment
  if (name.startsWith('_IOC(')) {
    const numbers = [...name.matchAll(/0x[0-9a-f]+/g)].map(([text]) => Number(text))
    const [type, number] = numbers
    if (type === 0xae && number !== undefined) return requestName(0xae00 | number) ?? name
    return name
  }
  return /^(?:0x[0-9a-f]+|\d+)$/i.test(name) ? (requestName(Number(name)) ?? name) : name
}

/** Reads `ioctl(fd, NAME, args) = result …`; null where the text is not one. */
export const readIoctl = (text: string): Ioctl | null => {
  const found = IOCTL.exec(text)
  if (found === null) return null
  const [, fd, fdName, name, comment, args, value, rest] = found as unknown as [
    string,
    string,
    string | undefined,
    string,
    string | undefined,
    string | undefined,
    string,
    string,
  ]
  if (rest !== '' && CUT.test(rest)) return null
  const [, duration, fraction = ''] = (rest === '' ? null : DURATION.exec(rest)) ?? []
  const exit = EXIT.exec(rest)?.[1]
  return {
    fd: Number(fd),
    fdName: fdName ?? null,
    name: nameOf(name.trim(), comment),
    args: args ?? '',
    outcome: outcomeOf(value, rest),
    duration: duration === undefined ? null : Number(duration),
    decimals: fraction.length,
    exit: exit === undefined ? null : exit === 'MMIO' ? 'mmio' : 'internal error',
  }
}
