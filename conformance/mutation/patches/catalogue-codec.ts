import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'
import { FAULT_CLASSES, FAULT_SOURCES } from '../../reports/mutants/codec.js'

export const FaultCodec = closed('fault', {
  /** Names the patch beside it, `<id>.patch`. */
  id: t.string,
  class: oneOf(...FAULT_CLASSES),
  source: oneOf(...FAULT_SOURCES),
  says: t.string,
  /** The fewest calls on a new VM that are known to show it. */
  smallest: natural(),
})
export type Fault = t.TypeOf<typeof FaultCodec>

export const CatalogueCodec = closed('catalogue of faults', {
  format: t.literal('kvm-memslot-faults'),
  version: t.literal(1),
  faults: t.readonlyArray(FaultCodec),
})
