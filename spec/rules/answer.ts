import type { Cells } from '../terms/cells.js'
import { generationOf } from '../terms/cells.js'
import type { U64 } from '../terms/numbers.js'
import { type Errno, failed, type Result } from '../terms/result.js'

/**
 * The call is over and this is its result. Every rule ends here, so the cells are written out field by field: machines
 * then keep one layout in memory however many calls they have been through, where spreads of spreads would multiply it
 * and make every later read and copy several times slower.
 */
export const answer = (cells: Cells, returned: Result): Cells => ({
  params: cells.params,
  spaces: cells.spaces,
  protect: cells.protect,
  ring: cells.ring,
  memfds: cells.memfds,
  vcpus: cells.vcpus,
  memory: cells.memory,
  host: cells.host,
  call: null,
  returned,
  seen: cells.seen,
})

export const refuse = (
  cells: Cells,
  errno: Errno,
  index: number | null = null,
  bound: U64 | null = null,
): Cells => answer(cells, failed(errno, index, bound))

/** Success of a call that concerns a space: it answers the generation now current there. */
export const succeedIn = (cells: Cells, space: number): Cells =>
  answer(cells, { is: 'done', generation: generationOf(cells, space) })

export const succeed = (cells: Cells): Cells => answer(cells, { is: 'done', generation: null })
