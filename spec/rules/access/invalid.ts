import { type Cells, withSpace } from '../../terms/cells.js'
import type { Operation, SetCall } from '../../terms/operation.js'
import type { Parameters } from '../../terms/parameters.js'
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
/** The path is not told, or the processor's faults are not retried. */
const EITHER: MeetsInvalid = { hole: true, slot: true }

/** What an operation meets that looks up once, or in one go, in the time between the two swaps. */
export const meetsInvalid = (
  operation: Operation,
  { invalid }: Pick<Parameters, 'invalid'>,
): MeetsInvalid => {
  switch (operation.op) {
    case 'read':
    case 'fetch':
    case 'write':
    case 'rmw':
      if (operation.by === 'emulator') return HOLE
      return operation.by === 'hardware' && invalid === 'retry' ? SLOT : EITHER
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
const withoutInvalid = (cells: Cells, { as, id }: SetCall): Cells => {
  const space = cells.spaces[as]
  if (space === undefined) return cells
  return withSpace<Cells>(cells, as, { ...space, slots: space.slots.filter(slot => slot.id !== id) })
}

/** The same with the slot as it was before the operation, which did not touch it. */
const withInvalid = (cells: Cells, before: Cells, { as, id }: SetCall): Cells => {
  const [space, was] = [cells.spaces[as], before.spaces[as]]
  const slot = was === undefined ? null : slotById(was, id)
  if (space === undefined || slot === null) return cells
  return withSpace<Cells>(cells, as, { ...space, slots: withSlot(space.slots, slot) })
}

/**
 * What an operation of one look-up may come to in the time between the two swaps of `call`; `act` performs it on a machine.
 * One that waits for the second swap comes after it.
 */
export const meetingInvalid = <Act extends { readonly cells: Cells }>(
  cells: Cells,
  operation: Operation,
  call: SetCall,
  act: (on: Cells) => readonly Act[],
): readonly Act[] => {
  const { hole, slot } = meetsInvalid(operation, cells.params)
  const holes = hole ? act(withoutInvalid(cells, call)) : []
  const restored = holes.map(one => ({ ...one, cells: withInvalid(one.cells, cells, call) }))
  return slot ? [...restored, ...act(cells)] : restored
}
