import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural } from '../../../oracle/wire/scalars.js'

const premises = t.readonlyArray(closed('premise', { name: t.string, says: t.string }))

/** `memslot explain RULE --json` */
export const ExplainReport = closed(
  'explanation of a rule',
  {
    schema: t.literal('memslot-rule'),
    version: t.literal(1),
    id: t.string,
    kind: t.string,
    /** The source file that declares the rule, from the root of the repository; null where no file exports it. */
    file: t.union([t.string, t.null]),
    says: t.string,
    cites: t.readonlyArray(t.string),
    /** Where to open each of `cites`, in their order: a page of this package with its anchor, or the version that was read. */
    opens: t.readonlyArray(t.string),
    /** The pattern, as text. */
    matches: t.string,
    when: premises,
    /** What has been checked before in strict order. */
    after: premises,
    notes: t.record(t.string, t.string),
    /** Questions the thread left open that the rule answers, by their place in `spec/questions.ts`. */
    questions: t.readonlyArray(
      closed('question', { number: natural(), question: t.string, answer: t.string }),
    ),
    cases: t.readonlyArray(t.string),
  },
  { special: t.string },
)
export type ExplainReport = t.TypeOf<typeof ExplainReport>
