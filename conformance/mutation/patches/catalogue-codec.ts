import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'
import { MUTANT_CLASSES, MUTANT_SOURCES } from '../../reports/mutants/codec.js'

export const MutantEntryCodec = closed(
  'mutant',
  {
    /** Also the name of its patch, `<id>.patch`. */
    id: t.string,
    class: oneOf(...MUTANT_CLASSES),
    source: oneOf(...MUTANT_SOURCES),
    says: t.string,
    /** The fewest calls on a new VM that are known to show it. */
    smallest: natural(),
  },
  {
    /** The cases that were made to catch it, as `conform --filter` takes them. They are asked before all others. */
    instrument: t.string,
  },
)
export type MutantEntry = t.TypeOf<typeof MutantEntryCodec>

export const CatalogueCodec = closed('catalogue of mutants', {
  format: t.literal('kvm-memslot-faults'),
  version: t.literal(1),
  faults: t.readonlyArray(MutantEntryCodec),
})
