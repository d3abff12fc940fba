import * as t from 'io-ts'
import { closed } from '../../../oracle/wire/closed.js'

const ids = t.readonlyArray(t.string)

/** `memslot cases freeze --json`: the families that differ, with the names of the cases that do; of exhaustive families, of the blocks (`fetch/pairs#3`). */
export const FreezeReport = closed('freeze report', {
  schema: t.literal('memslot-freeze'),
  version: t.literal(1),
  /** Whether the files were rewritten. */
  written: t.boolean,
  families: t.readonlyArray(
    closed('family', { family: t.string, appeared: ids, vanished: ids, changed: ids }),
  ),
})
export type FreezeReport = t.TypeOf<typeof FreezeReport>
