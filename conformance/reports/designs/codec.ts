import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural, oneOf } from '../../../oracle/wire/scalars.js'

const text = t.union([t.string, t.null])

const CompanyCodec = closed('company', {
  id: t.string,
  vcpus: natural(),
  accesses: natural(),
  harvests: natural(),
  /** How often each may enter or leave SMM. */
  switches: natural(),
})

/** Of all updates, how many a design has a plan for, and how many of those were taken. */
const TakenCodec = closed('updates of a row', {
  design: t.string,
  variant: text,
  taken: natural(),
  planned: natural(),
  /** How many of the planned use a call that the design adds to today's; null where it adds none. */
  added: t.union([natural(), t.null]),
})

/** Which updates were taken, and how much happened beside each. */
export const MatrixScopeCodec = closed('scope', {
  name: oneOf('smoke', 'default', 'whole'),
  frames: natural(),
  hostPages: natural(),
  ids: natural(),
  kinds: t.readonlyArray(t.string),
  /** Every update there is. */
  updates: natural(),
  companies: t.readonlyArray(CompanyCodec),
  rows: t.readonlyArray(TakenCodec),
})
export type MatrixScope = t.TypeOf<typeof MatrixScopeCodec>

const CellCodec = closed('cell', {
  design: t.string,
  property: t.string,
  variant: text,
  holds: t.union([t.boolean, t.literal('not promised'), t.literal('inconclusive')]),
  /** States of the searches in which it was asked. */
  states: natural(),
  /** Steps of the shortest run that breaks it, or that shows what is not promised. */
  steps: t.union([natural(), t.null]),
  /** The seeded fault that takes the property away where it holds. */
  fault: text,
})
export type DesignsCell = t.TypeOf<typeof CellCodec>

/** `memslot designs --json` */
export const DesignsReportCodec = closed('designs report', {
  schema: t.literal('memslot-designs'),
  version: t.literal(1),
  scope: MatrixScopeCodec,
  /** Of everything that decides the matrix. */
  hash: t.string,
  cells: t.readonlyArray(CellCodec),
})
export type DesignsReport = t.TypeOf<typeof DesignsReportCodec>
