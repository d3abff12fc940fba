import { batchDesign, fetchAtomicBatch } from './batch.js'
import type { Design } from './design.js'
import { disabledSlot } from './disabled-slot.js'
import { gate, notify } from './one-swap.js'
import { paused } from './paused.js'
import { primitives } from './primitives.js'
import { replaceAllDesign, rfcList, rfcListWithoutDefects, rfcSingleSwap } from './rfc.js'
import { fetchExit, sequential } from './sequential.js'

/** The designs of the thread, side by side, and two of a kernel that was built. */
export const designs: readonly Design[] = [
  sequential,
  rfcList,
  rfcListWithoutDefects,
  rfcSingleSwap,
  batchDesign,
  fetchAtomicBatch,
  replaceAllDesign,
  primitives,
  disabledSlot,
  paused,
  fetchExit,
  notify,
  gate,
]
