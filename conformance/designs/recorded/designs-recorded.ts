import { batchDesign } from '../../../spec/designs/batch.js'
import type { Design } from '../../../spec/designs/design.js'
import { disabledSlot } from '../../../spec/designs/disabled-slot.js'
import { gate, notify } from '../../../spec/designs/one-swap.js'
import { paused, pausedAlways } from '../../../spec/designs/paused.js'
import { replaceAllDesign, rfcListWithoutDefects, rfcSingleSwap } from '../../../spec/designs/rfc.js'
import { sequential } from '../../../spec/designs/sequential.js'

/**
 * Designs whose plans are counted for recorded updates. `fetch-exit` makes the calls of `sequential`; the plan of `primitives` is
 * a search for the shortest, which sets of this size are too large for.
 */
export const COUNTED: readonly Design[] = [
  sequential,
  rfcListWithoutDefects,
  rfcSingleSwap,
  batchDesign,
  replaceAllDesign,
  disabledSlot,
  paused,
  pausedAlways,
  notify,
  gate,
]
