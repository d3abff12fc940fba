import { type Cells, withLogOf } from '../../terms/cells.js'
import { mark, mayMark } from '../../terms/dirty-log.js'
import { type Bytes, load, store } from '../../terms/memory.js'
import { type HvaPage, hvaPage } from '../../terms/numbers.js'
import { pageRange } from '../../terms/page-set.js'
import { ended } from '../../terms/result.js'
import type { Slot } from '../../terms/slot.js'
import { answer } from '../answer.js'
import { type Accessing, spaceOfAccess, target } from './target.js'

const pageBehind = (cells: Accessing): HvaPage => {
  const slot = target(cells) as Slot // mapped
  return hvaPage(slot.hva + (cells.call.gfn - slot.base))
}
export const sizeOf = ({ call }: Accessing): number =>
  'data' in call && call.data !== undefined ? call.data.length / 2 : 'size' in call ? call.size : 0

const relog = (cells: Accessing, log: typeof mark): Cells => {
  const slot = target(cells) as Slot // mapped
  const as = spaceOfAccess(cells) as number // vcpu-exists
  if (slot.dirty === null) return cells
  const page = cells.call.gfn - slot.base
  const dirty = log(slot.dirty, pageRange(page, page + 1))
  if (dirty === slot.dirty) return cells
  return withLogOf<Cells>(cells, as, slot, dirty)
}

/** Whether the page may be marked though it is only read: by a processor that is not exact, and by nothing else. */
const mayMarkRead = ({ params, call }: Accessing): boolean =>
  !params.exact && call.op !== 'kernel-access' && !('by' in call && call.by === 'emulator')

/** The bytes behind the access. */
export const bytesBehind = (cells: Accessing): Bytes =>
  load(cells.memory, pageBehind(cells), cells.call.offset, sizeOf(cells))

/** Reads the bytes; hardware that is not exact may take the read of a logged page for a write. */
export const readData = (cells: Accessing): Cells => {
  const data = load(cells.memory, pageBehind(cells), cells.call.offset, sizeOf(cells))
  const after = mayMarkRead(cells) ? relog(cells, mayMark) : cells
  return answer(after, ended('data', data))
}

/** Writes the bytes, then marks the page; a read-modify-write answers the bytes before it. */
export const writeData = (cells: Accessing): Cells => {
  const { call, memory } = cells
  const page = pageBehind(cells)
  const data = ('data' in call ? call.data : undefined) ?? '' // writes
  const old = call.op === 'rmw' ? load(memory, page, call.offset, sizeOf(cells)) : null
  return answer(relog({ ...cells, memory: store(memory, page, call.offset, data) }, mark), ended('data', old))
}
