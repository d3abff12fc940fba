import type { Config } from '../../../oracle/wire/config.js'
import { chance, pick, type Random } from '../../../spec/generate/random.js'
import type { Cells } from '../../../spec/terms/cells.js'
import type { Parameters } from '../../../spec/terms/parameters.js'
import type { Slot } from '../../../spec/terms/slot.js'
import type { Space } from '../../../spec/terms/space.js'
import { emptySpace } from '../../../spec/terms/space.js'
import type { Feature } from '../../targets/features.js'

/** What stays the same while a sequence is drawn. */
export interface World {
  readonly features: ReadonlySet<Feature>
  readonly config: Config
  readonly params: Parameters
  /** Ids that slots are given: few, so that calls meet them. */
  readonly ids: readonly number[]
  /** Slots of some sixty pages and more, where the words of a bitmap matter, instead of a few. */
  readonly wide: boolean
  /** Frames of the small world in which most slots lie. */
  readonly frames: number
  /** Most slots are logged. */
  readonly logged: boolean
}

/** All that an operation is drawn from: the model as it stands, and chance. */
export interface Drawing {
  readonly r: Random
  readonly world: World
  readonly cells: Cells
}

/** An operation of its kind, or null where the model has nothing that it could be about. */
export type Maker<O> = (d: Drawing) => O | null

/** A space, mostly the first. */
export const someSpace = ({ r, cells }: Drawing): number =>
  cells.spaces.length > 1 && chance(r, 0.3) ? pick(r, [...cells.spaces.keys()].slice(1)) : 0

export const spaceAt = ({ cells }: Drawing, as: number): Space => cells.spaces[as] ?? emptySpace

/** The slots of a space that calls may name. */
export const userSlots = (d: Drawing, as: number): readonly Slot[] => {
  const { slots } = spaceAt(d, as)
  const { internalIds, slotLimit } = d.world.params
  return internalIds.length === 0 ? slots : slots.filter(slot => slot.id < slotLimit)
}

export const someSlot = (d: Drawing, as: number): Slot | null => {
  const slots = userSlots(d, as)
  return slots.length === 0 ? null : pick(d.r, slots)
}

/** An id of the pool that no slot of the space has. */
export const freeId = (d: Drawing, taken: readonly Slot[]): number | null => {
  const free = d.world.ids.filter(id => !taken.some(slot => slot.id === id))
  return free.length === 0 ? null : pick(d.r, free)
}
