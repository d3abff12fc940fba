import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'
import { natural } from '../../../oracle/wire/scalars.js'

/** `memslot walk --json` */
export const WalkReportCodec = closed('walk report', {
  schema: t.literal('memslot-walk'),
  version: t.literal(1),
  paging: t.string,
  mode: t.string,
  space: natural(),
  cpl: natural(),
  cr3: t.string,
  /** Every entry that was read, in order: of the first page, then of the second. */
  levels: t.readonlyArray(
    closed('level', {
      la: t.string,
      level: natural(),
      /** Guest-physical address of the table. */
      table: t.string,
      /** The slot that maps it, with RO and LOG where it has them. */
      slot: t.string,
      offset: natural(),
      entry: t.string,
      bits: t.readonlyArray(t.string),
      leadsTo: t.string,
      /** What all entries up to this one allow together. */
      rights: closed('rights', { write: t.boolean, user: t.boolean, execute: t.boolean }),
    }),
  ),
  /** How it may end; more than one only where the processor may choose. */
  outcomes: t.readonlyArray(t.string),
  rules: t.readonlyArray(closed('rule', { id: t.string, says: t.string })),
})
export type WalkReport = t.TypeOf<typeof WalkReportCodec>
