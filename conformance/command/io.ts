import type { Readable, Writable } from 'node:stream'
import { printable, printableInColour, printableJson } from '../reports/printable.js'

/** What the command reads from and writes to: the process's own streams, or a test's. */
export interface Io {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Whether `out` is a terminal: colours, and tables as wide as it is. */
  readonly isTTY: boolean
  readonly columns?: number
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly stdin: AsyncIterable<Uint8Array | string>
  /** Aborted when the user interrupts: what runs ends, and reports what it has. */
  readonly stop?: AbortSignal
  /** The terminal on which progress is drawn; absent where standard error is none. */
  readonly terminal?: NodeJS.WriteStream
  /** The process's own ends, for `serve`, which must not write faster than the other side reads. */
  readonly pipes?: { readonly input: Readable; readonly output: Writable }
}

const never = new AbortController().signal

export const stopOf = (io: Io): AbortSignal => io.stop ?? never

/** Colours are for terminals whose user has not declined them (no-color.org). */
export const wantsColour = ({ isTTY, env = {} }: Io): boolean =>
  isTTY && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'

/** Lines for people, each ended. */
export const say = (io: Io, ...lines: readonly string[]): void => {
  // A colour of others is theirs only where colours of ours could stand.
  const shown = wantsColour(io) ? printableInColour : printable
  for (const line of lines) io.out(`${shown(line)}\n`)
}

/** One line of complaint on standard error. */
export const complain = (io: Io, line: string): void => io.err(`memslot: ${printable(line)}\n`)

/** The one object of `--json`. */
export const sayJson = (io: Io, report: unknown): void => io.out(`${printableJson(JSON.stringify(report))}\n`)
