import { InvalidArgumentError, Option } from 'commander'

/** The values that an option takes: what they are, as the help page and errors say it, and the range. */
export interface Domain {
  readonly kind: 'whole' | 'seconds'
  readonly min: number
  readonly max: number
}

const whole = (min: number, max: number): Domain => ({ kind: 'whole', min, max })
/** Timers take 2^31 - 1 milliseconds, 24 days. */
const seconds = (max: number): Domain => ({ kind: 'seconds', min: 0, max })
const DAY = 86_400

/**
 * Every option that takes a number, of whatever verb, and what it may be. It is what options are checked by, what their
 * help says and what the test of all options draws from.
 */
export const DOMAINS = {
  '--seed': whole(0, Number.MAX_SAFE_INTEGER),
  '--runs': whole(1, 1_000_000_000),
  '--time': seconds(7 * DAY),
  '--seconds': seconds(7 * DAY),
  '--time-limit': seconds(DAY),
  '--pause': seconds(DAY),
  '--invalid': whole(0, 100),
  '--rounds': whole(1, 100_000),
  '--jobs': whole(1, 256),
  '--workers': whole(1, 256),
  // More have so many states that the first of them fill memory before any bound on states is reached.
  '--vcpus': whole(1, 8),
  '--accesses': whole(1, 16),
  '--harvests': whole(0, 16),
  '--max-states': whole(1, 100_000_000),
  '--length': whole(1, 15),
  '--page-size': whole(4096, 65_536),
  '--phys-bits': whole(1, 64),
} as const satisfies Readonly<Record<`--${string}`, Domain>>

/** The options that take any text: names, which the verb knows, patterns and files. */
export const TEXTS: readonly string[] = [
  ...['--target', '--filter', '--only', '--design', '--property', '--fault', '--family', '--fail-on'],
  ...[
    '--junit',
    '--save',
    '--out',
    '--records',
    '--html',
    '--trace',
    '--results',
    '--against',
    '--mtree',
    '--itf',
    '--recorded',
    '--one-file',
    '--markdown',
  ],
  ...['--rip', '--gva', '--cr3'],
]

/** A domain in words. */
export const sayDomain = ({ kind, min, max }: Domain): string =>
  kind === 'whole' ? `a whole number of ${min} to ${max}` : `seconds, more than ${min} and at most ${max}`

/** A number of a domain; throws what commander reports where the text is none. */
export const parseIn = (domain: Domain, text: string): number => {
  const { kind, min, max } = domain
  const isNumber = kind === 'whole' ? /^(0x[0-9a-f]+|\d+)$/i.test(text) : /^\d+(\.\d+)?$/.test(text)
  const n = isNumber ? Number(text) : Number.NaN
  const isIn = kind === 'whole' ? Number.isSafeInteger(n) && n >= min && n <= max : n > min && n <= max
  if (!isIn) throw new InvalidArgumentError(`Expected ${sayDomain(domain)}.`)
  return n
}

const isNumbered = (long: string): long is keyof typeof DOMAINS => Object.hasOwn(DOMAINS, long)

/**
 * An option that takes a number of its domain in `DOMAINS`, which its help names.
 *
 * @param flags as commander has them, like `--seed <n>`
 */
export const numbered = (flags: `${keyof typeof DOMAINS} <${string}>`, says: string): Option => {
  const option = new Option(flags)
  const long = option.long ?? ''
  if (!isNumbered(long)) throw new Error(`${long} has no domain`) // the type has it
  const domain: Domain = DOMAINS[long]
  const { kind, min, max } = domain
  option.description = `${says} (${kind === 'whole' ? `${min} to ${max}` : `at most ${max}`})`
  return option.argParser(text => parseIn(domain, text))
}

/** Collects an option that may be given several times. */
export const repeated = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
]
