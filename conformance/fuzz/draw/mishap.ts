import { pick } from '../../../spec/generate/random.js'
import type { Mishaps } from '../../../spec/terms/operation.js'
import type { Feature } from '../../targets/features.js'
import type { Drawing } from './drawing.js'

const MISHAPS: readonly (readonly [Feature, Mishaps])[] = [
  ['stranger', { caller: 'stranger' }],
  ['bad-pointer', { argument: 'bad' }],
  ['fail-allocation', { allocation: 'early' }],
  ['fail-allocation', { allocation: 'late' }],
]

/** Something outside a call that makes it fail, among those that the target can arrange. */
export const mishap = ({ r, world }: Drawing): Mishaps => {
  const possible = MISHAPS.filter(([feature]) => world.features.has(feature))
  return possible.length === 0 ? {} : pick(r, possible)[1]
}
