import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'

/** Shallow: the faulty call itself answers wrongly. Medium: a later call shows it. Deep: only after a certain history. */
export const MUTANT_CLASSES = ['S', 'M', 'D'] as const
export const MUTANT_SOURCES = ['impl', 'spec'] as const

const MutantResultCodec = closed('mutant', {
  id: t.string,
  class: oneOf(...MUTANT_CLASSES),
  source: oneOf(...MUTANT_SOURCES),
  /** The suite that caught it; null where it survived them all. */
  caughtBy: t.union([t.string, t.null]),
  /** Cases failed; or the suite did not end on it; or it ended with a status that no verdict has. */
  how: oneOf('cases', 'hung', 'crashed'),
  /** How many cases of that suite failed. */
  cases: natural(),
  /** From the start of the first suite to the verdict. */
  ms: natural(),
})
export type MutantResult = t.TypeOf<typeof MutantResultCodec>

/** `memslot mutants --json` */
export const MutantsReportCodec = closed('mutants report', {
  schema: t.literal('memslot-mutants'),
  version: t.literal(1),
  mutants: t.readonlyArray(MutantResultCodec),
  /** Mutants that were to be run; fewer were where the run was interrupted. */
  total: natural(),
  caught: natural(),
  interrupted: t.boolean,
})
export type MutantsReport = t.TypeOf<typeof MutantsReportCodec>
