import type { Update } from '../../../spec/designs/design.js'
import type { StepSlot } from '../../../spec/terms/steps/slots.js'

type Kind = 'plain' | 'log' | 'ro'

/** A slot of one page; of more with `pages`. */
const slot = (id: number, base: number, hva: number, kind: Kind = 'plain', npages = 1): StepSlot => ({
  id,
  base,
  npages,
  hva,
  ro: kind === 'ro',
  log: kind === 'log' ? 0 : -1,
  state: 'live',
})

const update = (frames: number, before: readonly StepSlot[], after: readonly StepSlot[]): Update => {
  let nextLog = 0
  const numbered = before.map(s => (s.log < 0 ? s : { ...s, log: nextLog++ }))
  return { before: numbered, after, frames, nextLog }
}

/** One page is removed, beside a hole. */
export const REMOVE = update(2, [slot(1, 0, 0)], [])
/** The page of a frame becomes another. */
export const REDIRECT = update(1, [slot(1, 0, 0)], [slot(1, 0, 1)])
/** The pages of two frames become others, which one fetch reads. */
export const REDIRECT_BOTH = update(2, [slot(1, 0, 0, 'plain', 2)], [slot(1, 0, 2, 'plain', 2)])
/** The page of frame 0, which may be a table of a walk to frame 1, becomes another. */
export const REDIRECT_TABLE = update(2, [slot(1, 0, 0), slot(2, 1, 1)], [slot(1, 0, 2), slot(2, 1, 1)])
export const RESTRICT = update(1, [slot(1, 0, 0)], [slot(1, 0, 0, 'ro')])
export const RESTRICT_BESIDE_HOLE = update(2, [slot(1, 0, 0)], [slot(1, 0, 0, 'ro')])
/** One page is removed, and another appears at a hole. */
export const APPEAR_AND_GO = update(2, [slot(1, 0, 0)], [slot(2, 1, 1)])
/** A page appears at a hole. */
export const APPEAR = update(1, [], [slot(1, 0, 0)])
export const RELAX = update(1, [slot(1, 0, 0, 'ro')], [slot(1, 0, 0)])
/** The end of a slot is cut off. */
export const TRUNCATE = update(2, [slot(1, 0, 0, 'plain', 2)], [slot(1, 0, 0)])
export const TRUNCATE_LOGGED = update(2, [slot(1, 0, 0, 'log', 2)], [slot(1, 0, 0, 'log')])
export const SPLIT = update(2, [slot(1, 0, 0, 'plain', 2)], [slot(1, 0, 0), slot(2, 1, 1)])
export const SPLIT_LOGGED = update(2, [slot(1, 0, 0, 'log', 2)], [slot(1, 0, 0, 'log'), slot(2, 1, 1, 'log')])
export const START_LOGGING = update(1, [slot(1, 0, 0)], [slot(1, 0, 0, 'log')])
/** The page stays under another id: its log is carried by its frame. */
export const RENAME_LOGGED = update(1, [slot(1, 0, 0, 'log')], [slot(2, 0, 0, 'log')])
/** The slot moves: its log is carried by its id. */
export const MOVE_LOGGED = update(2, [slot(1, 0, 0, 'log')], [slot(1, 1, 0, 'log')])
/** A logged page is removed. */
export const REMOVE_LOGGED = update(1, [slot(1, 0, 0, 'log')], [])
