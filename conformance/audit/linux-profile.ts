import { effectsOf } from '../../oracle/index.js'
import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { defaultParameters } from '../../spec/terms/parameters.js'
import type { RecordedLimits } from './recorded-limits.js'

/** More address spaces than any Linux has: used where their number is not recorded. */
const MANY_SPACES = 16
/** 52 bits of physical address, the most that any check lets through. The machine's own width is not recorded. */
const WIDEST_GFN = 2 ** 40 - 1

/** A VM as KVM_CREATE_VM leaves it, under profile `linux`. */
export const newMachine = ({ spaces, slots, readonlyMem }: RecordedLimits): Cells =>
  initialMachine({
    ...defaultParameters,
    profile: 'linux',
    spaces: spaces ?? MANY_SPACES,
    slotLimit: slots ?? defaultParameters.slotLimit,
    readonlyMem: readonlyMem ?? true,
    maxGfn: WIDEST_GFN,
    allocations: 'may fail',
  })

/** A result that the specification allows, as it is seen: `success`, or the name of an error. */
export interface Allowed {
  readonly result: string
  readonly next: Cells
}

/** Every result that profile `linux` allows of a memslot call, with the machine after it. */
export const allowedBy = (cells: Cells, call: SetCall): readonly Allowed[] =>
  effectsOf(cells, call).map(({ result, cells: next }) => ({
    result: result.is === 'error' ? result.errno : 'success',
    next: { ...next, call: null, returned: null },
  }))
