import { between, pick } from '../../../spec/generate/random.js'
import type { BatchCall, Operation, SetCall } from '../../../spec/terms/operation.js'
import { isAccess, isVirtual } from '../../../spec/terms/operation.js'
import * as access from './access.js'
import * as batch from './batch.js'
import type { Drawing, Maker } from './drawing.js'
import * as set from './set.js'
import * as virtual from './virtual.js'

const CHANGES: readonly Maker<SetCall | BatchCall>[] = [
  set.create,
  set.remove,
  set.move,
  set.reflag,
  batch.named,
  batch.replace,
  batch.clearOut,
]

/** More look-ups than most accesses by linear address make. */
const MANY = 7

/** The access with slots that change in its middle: what another thread does that overlaps it. */
const amid = (make: Maker<Operation>): Maker<Operation> => {
  return (d: Drawing) => {
    const drawn = make(d)
    if (drawn === null || !isAccess(drawn)) return drawn // a vCPU that there must be first
    const operation = pick(d.r, CHANGES)(d)
    if (operation === null) return null
    const after = isVirtual(drawn) ? between(d.r, 0, MANY) : pick(d.r, [0, 0, 1])
    return { ...drawn, between: { after, operation } }
  }
}

const amidEach = (...makers: readonly Maker<Operation>[]) => makers.map(amid)
const BY_FRAME = amidEach(access.read, access.fetch, access.write, access.rmw)
const OF_TABLES = amidEach(access.walk, access.adUpdate)
const BY_ADDRESS = amidEach(
  virtual.fetchInstruction,
  virtual.fetchInstruction,
  virtual.translate,
  virtual.readVirtual,
  virtual.writeVirtual,
)

/** An access by frame while slots change. */
export const byFrame: Maker<Operation> = d => pick(d.r, BY_FRAME)(d)
/** The walker's access to a table while slots change. */
export const ofTable: Maker<Operation> = d => pick(d.r, OF_TABLES)(d)
/** KVM's own access while slots change. */
export const ofKernel: Maker<Operation> = amid(access.kernelAccess)
/** An access by linear address while slots change. */
export const byAddress: Maker<Operation> = d => pick(d.r, BY_ADDRESS)(d)
/** The same by the processor itself. */
export const fetchByHardware: Maker<Operation> = amid(virtual.fetchByHardware)
/** An exchange at a linear address while slots change. */
export const ofExchange: Maker<Operation> = amid(virtual.rmwVirtual)
