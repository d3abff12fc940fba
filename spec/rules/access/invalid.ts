import { type Cells, withSpace } from '../../terms/cells.js'
import type { Operation, SetCall } from '../../terms/operation.js'
import { slotById, withSlot } from '../../terms/space.js'

/**
 * What an operation of one look-up meets while the slot it looks for is INVALID: the slot, a hole, or neither, because
 * it is retried until the second swap. semantics.md, What INVALID does.
 */
export interface MeetsInvalid {
  /** Its path takes an INVALID slot for a hole. */
  readonly hole: boolean
  /** It may have been served as before: by what the processor cached and no zap has removed yet, or by the slot's own fields. */
  readonly slot: boolean
}

const HOLE: MeetsInvalid = { hole: true, slot: false }
const SLOT: MeetsInvalid = { hole: false, slot: true }
/** The path is not told. */
const EITHER: MeetsInvalid = { hole: true, slot: true }

/** What an operation meets that looks up once, or in one go, in the time between the two swaps. */
export const meetsInvalid = (operation: Operation): MeetsInvalid => {
  switch (operation.op) {
    case 'read':
    case 'fetch':
    case 'write':
    case 'rmw':
      return operation.by === undefined ? EITHER : operation.by === 'emulator' ? HOLE : SLOT
    case 'walk':
    case 'ad-update': // a bit is set at the host address of the look-up before
    case 'lookup':
      return EITHER
    case 'kernel-access':
    case 'registers':
    case 'enter-smm':
    case 'rsm':
      return HOLE
    default:
      return SLOT
  }
}

/** The machine as it is to a path that takes the slot of `change`, which is INVALID, for a hole. */
export const withoutInvalid = (cells: Cells, { as, id }: SetCall): Cells => {
  const space = cells.spaces[as]
  if (space === undefined) return cells
  return withSpace<Cells>(cells, as, { ...space, slots: space.slots.filter(slot => slot.id !== id) })
}

/** The same with the slot as it was before the operation, which did not touch it. */
export const withInvalid = (cells: Cells, before: Cells, { as, id }: SetCall): Cells => {
  const [space, was] = [cells.spaces[as], before.spaces[as]]
  const slot = was === undefined ? null : slotById(was, id)
  if (space === undefined || slot === null) return cells
  return withSpace<Cells>(cells, as, { ...space, slots: withSlot(space.slots, slot) })
}
