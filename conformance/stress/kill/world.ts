import { type Entry, LOG, type Vm } from '../../../impl/index.js'
import { Board } from '../board.js'
import { bytesOf, commit, drop, pages, put } from '../play.js'
import { ACCOUNTS, PAGES } from '../writes.js'

/**
 * What threads do while they are killed. Logged frames are split, merged and renamed as in the play `logged`; slot 3 goes
 * to and fro between two rows of host pages with every batch, so that frames are blocked as well.
 */
export const WRITERS = 2
export const READERS = 2

/** Not 0: writers begin no batch. The supervisor looks at what there is. */
export const PAUSED = Board.own(ACCOUNTS)
/** Never changed: a thread that waits on it just sleeps. */
export const IDLE = Board.own(ACCOUNTS + 1)
export const WORDS = ACCOUNTS + 2

const CUT = 1001
const HVA = 10_000
/** Where slot 3 lies, and its two rows of host pages; each page has the number of its row in its first word. */
export const MOVING = 50_000
export const MOVING_PAGES = 4
export const ROWS = [100_000, 200_000] as const

export const layouts: readonly (readonly (readonly [id: number, base: number, npages: number])[])[] = [
  [[0, 0, PAGES]],
  [
    [0, 0, CUT],
    [1, CUT, PAGES - CUT],
  ],
  [[2, 0, PAGES]],
]

/** The batch that leads to a layout, from the slots that are there, with slot 3 in row `row`. */
export const toward = (vm: Vm, layout: number, row: number): readonly Entry[] => {
  const after = layouts[layout] ?? []
  const before = vm.slots(0).filter(({ id }) => id !== 3)
  return [
    ...after.map(([id, base, npages]) => put(id, base, npages, HVA + base, LOG)),
    ...before.filter(({ id }) => !after.some(slot => slot[0] === id)).map(({ id }) => drop(id)),
    put(3, MOVING, MOVING_PAGES, ROWS[row] ?? 0),
  ]
}

/**
 * Commits the batch that leads on from what is there. Where another thread's came between the look and it, it may be refused,
 * and is made again from what is there now.
 * @throws Error where it is refused and no other came between
 */
export const commitBeside = (vm: Vm, entriesOf: () => readonly Entry[]): void => {
  for (;;) {
    const before = vm.generation(0)
    const outcome = vm.setBatch({ as: 0, flags: 0, resultSize: 1_000_000n, entries: entriesOf() })
    if (!('errno' in outcome)) return
    if (vm.generation(0) === before)
      throw new Error(`a batch of the play failed: ${outcome.errno} at ${outcome.index}`)
  }
}

export const prepare = (vm: Vm): void => {
  for (const row of ROWS) {
    for (let page = 0; page < MOVING_PAGES; page++) vm.poke({ hva: pages(row + page), data: bytesOf(row) })
  }
  commit(vm, toward(vm, 0, 0))
  for (let id = 0; id < READERS; id++) vm.createVcpu(id)
}

/** What is wrong with the slots; null where they are those of a layout, found by frame as by id. */
export const wrongIn = (vm: Vm): string | null => {
  const slots = vm.slots(0)
  const layout = layouts.find(
    layout =>
      layout.length === slots.length - 1 && layout.every(([id]) => slots.some(slot => slot.id === id)),
  )
  if (layout === undefined) return `the slots are ${slots.map(({ id }) => id)}`
  for (const [id, base, npages] of [...layout, [3, MOVING, MOVING_PAGES] as const]) {
    const ends = [base, base + npages - 1].map(gfn => vm.slotAt(0, gfn))
    if (ends.some(found => found !== id)) return `the frames of slot ${id} lead to ${ends}`
  }
  return null
}
