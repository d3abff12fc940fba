import * as t from 'io-ts'
import { closed } from '../../oracle/wire/closed.js'
import { type Config, ConfigCodec } from '../../oracle/wire/config.js'
import { OperationCodec } from '../../oracle/wire/operation.js'
import { natural, Runs } from '../../oracle/wire/scalars.js'
import { endOptions, failureOptions, successOptions } from '../../oracle/wire/seen.js'
import type { Operation } from '../../spec/terms/operation.js'

/**
 * An answer that is allowed, in the words of a trace. A field that stands here must be met by an implementation that
 * observes it; `maybe` are pages whose bits may stand in `bits` or not.
 */
export const AllowedCodec = closed(
  'allowed answer',
  {},
  {
    errno: t.string,
    end: t.string,
    data: endOptions.data,
    exit: endOptions.exit,
    gpa: endOptions.gpa,
    rights: endOptions.rights,
    mmio: endOptions.mmio,
    ...failureOptions,
    ...successOptions,
    maybe: Runs,
    retired: t.readonlyArray(
      closed(
        'allowed retired record',
        { id: natural(), base: natural(), npages: natural(), count: natural() },
        { bits: Runs, maybe: Runs },
      ),
    ),
  },
)
export type Allowed = t.TypeOf<typeof AllowedCodec>

/**
 * A program with the answers it may get: one line of a frozen file, or an element of a file written by hand. `ops[i]`
 * is answered rightly by any of `allow[i]`; where `allow[i]` is empty, by anything.
 */
export interface Case {
  /** Family and name, like `set/overlap/around/ro`. */
  readonly id: string
  /** What it shows, in a sentence. */
  readonly says: string
  /** Features a target must have, as `featuresOf` finds them. */
  readonly needs: readonly string[]
  /** Rules of the specification that it exercises; none where it was written by hand. */
  readonly rules: readonly string[]
  /** Where the expectation comes from. */
  readonly cites: readonly string[]
  readonly config: Config
  readonly ops: readonly Operation[]
  /** `allow[i]` are the answers allowed to `ops[i]`, errors in Linux's order. */
  readonly allow: readonly (readonly Allowed[])[]
  /** Answers allowed besides where the order of errors does not matter; absent where there are none. */
  readonly loose?: readonly (readonly Allowed[])[]
}

const answers = t.readonlyArray(t.readonlyArray(AllowedCodec))

/** Reads and writes a case. A key it does not know is an error by name, unless it begins `x-`. */
export const CaseCodec: t.Type<Case, Record<string, unknown>, unknown> = closed(
  'case',
  {
    id: t.string,
    says: t.string,
    needs: t.readonlyArray(t.string),
    rules: t.readonlyArray(t.string),
    cites: t.readonlyArray(t.string),
    config: ConfigCodec,
    ops: t.readonlyArray(OperationCodec),
    allow: answers,
  },
  { loose: answers },
)
