import type { Draft } from '../draft/calls.js'
import { batches } from './dirty/batches.js'
import { clears, errors, partial } from './dirty/calls.js'
import { lifecycles, rings } from './dirty/changes.js'
import { generations } from './dirty/generations.js'

/**
 * GET and CLEAR in every mode, with right and wrong arguments; what each change leaves of a log; rings; known
 * generations.
 */
export const dirtyDrafts = function* (): Generator<Draft> {
  yield* clears()
  yield* partial()
  yield* errors()
  yield* lifecycles()
  yield* rings()
  yield* generations()
  yield* batches()
}
