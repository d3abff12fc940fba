import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'

/** Shallow: the faulty call itself answers wrongly. Medium: a later call shows it. Deep: only after a certain history. */
export const FAULT_CLASSES = ['S', 'M', 'D'] as const
export const FAULT_SOURCES = ['impl', 'spec'] as const

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
