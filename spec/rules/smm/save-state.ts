import type { Cells } from '../../terms/cells.js'
import { mark } from '../../terms/dirty-log.js'
import { canRead, canWrite } from '../../terms/host.js'
import { type Bytes, load, store } from '../../terms/memory.js'
import { hvaPage, pageOf, SMM, type U64, u64 } from '../../terms/numbers.js'
import { pageRange } from '../../terms/page-set.js'
import { SAVE_STATE, SAVE_STATE_BYTES } from '../../terms/paging/save-state.js'
import { type Slot, withLog } from '../../terms/slot.js'
import { type Space, slotAt, withSlot } from '../../terms/space.js'

/** Where registers are saved: a frame, since SMBASE is a multiple of 4096, and an offset in it. */
const placeOf = (smbase: U64) => ({
  gfn: pageOf(u64(smbase + BigInt(SAVE_STATE))),
  offset: SAVE_STATE % 4096,
})

interface Behind {
  readonly space: Space
  readonly slot: Slot
  /** Index of the page in the slot, and the host page. */
  readonly page: number
  readonly hva: number
}

const behind = ({ spaces }: Cells, smbase: U64): Behind | null => {
  const { gfn } = placeOf(smbase)
  const space = spaces[SMM]
  const slot = space === undefined ? null : slotAt(space, gfn)
  if (space === undefined || slot === null) return null
  const page = gfn - slot.base
  return { space, slot, page, hva: slot.hva + page }
}

export const isImageWritable = (cells: Cells, smbase: U64): boolean => {
  const there = behind(cells, smbase)
  return there !== null && !there.slot.ro && canWrite(cells.host, there.hva)
}

export const isImageReadable = (cells: Cells, smbase: U64): boolean => {
  const there = behind(cells, smbase)
  return there !== null && canRead(cells.host, there.hva)
}

/** What a premise on the save state shows. */
export const sawImage = (cells: Cells, smbase: U64) => ({
  smbase,
  ...placeOf(smbase),
  slot: behind(cells, smbase)?.slot ?? null,
  host: cells.host,
})

/** The bytes that were saved, or as they are by now; the save state is readable. */
export const imageIn = (cells: Cells, smbase: U64): Bytes => {
  const there = behind(cells, smbase)
  if (there === null) return ''
  return load(cells.memory, hvaPage(there.hva), placeOf(smbase).offset, SAVE_STATE_BYTES)
}

/** The cells with the save state written, and marked where it is logged; it is writable. */
export const withImage = <C extends Cells>(cells: C, smbase: U64, bytes: Bytes): C => {
  const there = behind(cells, smbase)
  if (there === null) return cells
  const { space, slot, page, hva } = there
  const memory = store(cells.memory, hvaPage(hva), placeOf(smbase).offset, bytes)
  if (slot.dirty === null) return { ...cells, memory }
  const logged = withLog(slot, mark(slot.dirty, pageRange(page, page + 1)))
  return {
    ...cells,
    memory,
    spaces: cells.spaces.with(SMM, { slots: withSlot(space.slots, logged), swaps: space.swaps }),
  }
}
