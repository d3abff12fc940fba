import { match } from 'ts-pattern'
import { type InputError, printInputError } from '../../../oracle/wire/decode.js'
import { TargetFailure, TargetRefusal } from '../target-error.js'
import type { Request } from './messages.js'

/** The message to which the implementation owed an answer. */
export type During = Request['do']

/**
 * What went wrong with the implementation as a partner in conversation. It says nothing about what KVM may answer:
 * that is judged elsewhere. `stderr` holds the last lines it wrote there.
 */
export type StdioFault =
  /** The program could not be started at all. */
  | { readonly kind: 'not-started'; readonly command: string; readonly because: string }
  /** It ended, with a code or by a signal, while an answer was owed; code 0 counts as well. */
  | {
      readonly kind: 'crashed'
      readonly during: During
      readonly code: number | null
      readonly signal: string | null
      /** The line it was writing, cut to 80 characters; empty where it had finished. */
      readonly unfinished: string
      readonly stderr: readonly string[]
    }
  /** It did not answer in time. Whatever it would have answered later is never seen. */
  | {
      readonly kind: 'hung'
      readonly during: During
      readonly ms: number
      readonly unfinished: string
      readonly stderr: readonly string[]
    }
  /** It was not waited for any longer: the user ended the run. */
  | { readonly kind: 'interrupted'; readonly during: During }
  /** It wrote a line without end, or more records, or longer ones, than a program may cause. */
  | {
      readonly kind: 'flooded'
      readonly during: During
      readonly by: 'line' | 'records' | 'length'
      readonly limit: number
      readonly stderr: readonly string[]
    }
  /** It wrote something that is not of the protocol, or anything at all when nothing was asked. */
  | {
      readonly kind: 'nonsense'
      readonly during: During
      readonly at: InputError
      readonly stderr: readonly string[]
    }
  /** It answered that it cannot: `{"error": …}`. The process lives on. */
  | { readonly kind: 'refused'; readonly during: During; readonly because: string }

const afterHalf = (unfinished: string): string =>
  unfinished === '' ? '' : ` in the middle of the line ${JSON.stringify(unfinished)}`

const ending = (code: number | null, signal: string | null): string =>
  signal === null ? `ended with status ${code}` : `was ended by ${signal}`

const withStderr = (said: string, stderr: readonly string[]): string =>
  stderr.length === 0 ? said : `${said}\nits last lines on stderr:\n${stderr.map(l => `  ${l}`).join('\n')}`

/** The fault in plain words, to follow the name of the target. */
export const sayFault = (fault: StdioFault): string =>
  match(fault)
    .with({ kind: 'not-started' }, ({ command, because }) => `${command} could not be started: ${because}`)
    .with({ kind: 'crashed' }, ({ during, code, signal, unfinished, stderr }) => {
      const said = `crashed: it ${ending(code, signal)} when "${during}" was to be answered`
      return withStderr(said + afterHalf(unfinished), stderr)
    })
    .with({ kind: 'hung' }, ({ during, ms, unfinished, stderr }) =>
      withStderr(`hung: no answer to "${during}" within ${ms} ms${afterHalf(unfinished)}`, stderr),
    )
    .with(
      { kind: 'interrupted' },
      ({ during }) => `was not waited for any longer: it owed an answer to "${during}"`,
    )
    .with({ kind: 'flooded' }, ({ during, by, limit, stderr }) => {
      const what = {
        line: `a line of more than ${limit} characters`,
        records: `more than ${limit} records`,
        length: `records of more than ${limit} characters in all`,
      }[by]
      return withStderr(`flooded: ${what} in answer to "${during}"`, stderr)
    })
    .with({ kind: 'nonsense' }, ({ during, at, stderr }) =>
      withStderr(`nonsense in answer to "${during}": ${printInputError(at)}`, stderr),
    )
    .with({ kind: 'refused' }, ({ during, because }) => `refused "${during}": ${because}`)
    .exhaustive()

/** The failure of a target in another process, with all that is known of it. */
export class StdioFailure extends TargetFailure {
  readonly fault: Exclude<StdioFault, { kind: 'refused' }>
  constructor(fault: Exclude<StdioFault, { kind: 'refused' }>) {
    super(fault.kind, sayFault(fault))
    this.fault = fault
  }
}

/** The error that the promises of the target are rejected with. */
export const errorOf = (fault: StdioFault): StdioFailure | TargetRefusal =>
  fault.kind === 'refused' ? new TargetRefusal(fault.because, sayFault(fault)) : new StdioFailure(fault)
