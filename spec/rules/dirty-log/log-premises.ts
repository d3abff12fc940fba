import { type Premise, premise } from '../../rewrite/index.js'
import type { Calling } from '../../terms/cells.js'
import { cleanLog, type DirtyLog } from '../../terms/dirty-log.js'
import type { ClearDirtyCall, GetDirtyCall } from '../../terms/operation.js'
import type { Slot } from '../../terms/slot.js'
import { slotById } from '../../terms/space.js'

export type Logging = Calling<GetDirtyCall | ClearDirtyCall>

/** The slot whose log is meant; null where the space or the slot is missing. */
export const logged = ({ call, spaces }: Logging): Slot | null => {
  const space = spaces[call.as]
  return space === undefined ? null : slotById(space, call.id)
}

/** The log that a call is about, once it has passed `hasBitmap`. */
export const logOf = (cells: Logging): DirtyLog => logged(cells)?.dirty ?? cleanLog

export const bitmapsInUse: Premise<Logging> = premise(
  'bitmaps-in-use',
  { holds: 'no dirty ring is in use', fails: 'a dirty ring is in use, and no slot has a bitmap' },
  ({ ring }) => !ring,
  ({ ring }) => ({ ring }),
)
export const namesAUserSlot: Premise<Logging> = premise(
  'names-a-user-slot',
  {
    holds: 'the address space exists, and the id is that of a user slot',
    fails: 'the address space does not exist, or the id is not that of a user slot',
  },
  ({ call, spaces, params }) => call.as < spaces.length && call.id < params.slotLimit,
  ({ call, spaces, params }) => ({
    as: call.as,
    spaces: spaces.length,
    id: call.id,
    slotLimit: params.slotLimit,
  }),
)
export const hasBitmap: Premise<Logging> = premise(
  'has-bitmap',
  {
    holds: 'the slot exists and has a dirty bitmap',
    fails: 'the slot does not exist, or has no dirty bitmap',
  },
  cells => (logged(cells)?.dirty ?? null) !== null,
  cells => ({ slot: logged(cells) }),
)
export const protectsManually: Premise<Logging> = premise(
  'manual-protect',
  { holds: 'manual dirty log protection is enabled', fails: 'manual dirty log protection is not enabled' },
  ({ protect }) => protect !== 0,
  ({ protect }) => ({ protect }),
)
export const bitmapReachable: Premise<Logging> = premise(
  'bitmap-reachable',
  { holds: 'the caller’s bitmap can be written', fails: 'the caller’s bitmap cannot be written' },
  ({ call }) => call.bitmap !== 'bad',
  ({ call }) => ({ bitmap: call.bitmap ?? 'reachable' }),
)
