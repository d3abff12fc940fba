import { type Rule, step } from '../rewrite/index.js'
import type { Cells } from '../terms/cells.js'
import type { Operation, PhysicalAccess, SetCall } from '../terms/operation.js'
import { slotById } from '../terms/space.js'
import type { Change, Reached } from '../terms/walking.js'
import { meetingInvalid, meetsInvalid } from './access/invalid.js'
import { callRelation } from './calls.js'
import { changedBy } from './fetch/change.js'

/** What an access by frame came to while another thread changes slots, and how far the change has come by then. */
export interface OnceAmid {
  readonly rule: Rule<Cells>
  readonly cells: Cells
  readonly reached: Reached
}

const once = (cells: Cells, call: PhysicalAccess, reached: Reached): readonly OnceAmid[] =>
  step(callRelation(cells.params), { ...cells, call, returned: null, seen: null }).map(
    ({ rule, cells: after }) => ({ rule, cells: after, reached }),
  )

/** The call, where it makes a slot INVALID between two swaps. */
const windowOf = (cells: Cells, made: Cells, operation: Operation): SetCall | null => {
  if (cells.params.profile !== 'linux' || operation.op !== 'set') return null
  const [space, after] = [cells.spaces[operation.as], made.spaces[operation.as]]
  if (space === undefined || after === undefined || after.swaps - space.swaps < 2) return null
  return slotById(space, operation.id) === null ? null : operation
}

/** Whether the access is of the slot: another one is not concerned. */
const concerns = ({ vcpus, spaces }: Cells, access: PhysicalAccess, { as, id }: SetCall): boolean => {
  const space = 'vcpu' in access ? vcpus.find(v => v.id === access.vcpu)?.space : 0
  const slot = spaces[as] === undefined ? null : slotById(spaces[as], id)
  if (space !== as || slot === null) return false
  return access.gfn >= slot.base && access.gfn < slot.base + slot.npages
}

/**
 * Every way of an access by frame in whose middle another thread makes `change`. After its one look-up the change comes
 * too late for it. Before, in Linux, it sees the first swap: its slot INVALID, or what the processor cached, or the set
 * after the second, for which it was retried. A batch keeps its second swap back until an access that began before it is over.
 */
export const accessAmid = (cells: Cells, access: PhysicalAccess, change: Change): readonly OnceAmid[] => {
  const before = () => once(cells, access, 'not begun')
  if (change.after > 0) return before()
  const made = changedBy(cells, change)
  const after = () => once(made, access, 'made')
  if (cells.params.profile !== 'linux') return [...before(), ...after()]
  const call = windowOf(cells, made, change.operation)
  if (call === null) return after()
  if (!concerns(cells, access, call)) return once(cells, access, 'open')
  const retried = meetsInvalid(access, cells.params).slot ? after() : []
  return [...meetingInvalid(cells, access, call, on => once(on, access, 'open')), ...retried]
}

/** The same, with what of the change the access did not wait for made when it is over. */
export const waysOfAccess = (cells: Cells, access: PhysicalAccess, change: Change): readonly OnceAmid[] =>
  accessAmid(cells, access, change).map(way =>
    way.reached === 'made'
      ? way
      : {
          ...way,
          cells: { ...changedBy({ ...way.cells, returned: null }, change), returned: way.cells.returned },
        },
  )
