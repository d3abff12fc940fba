import type { Exhaustive } from '../exhaustive/exhaustive.js'
import { backings } from './backings.js'
import { between } from './between/families.js'
import { data } from './data.js'
import { entryBits } from './entry-bits.js'
import { indifferent } from './indifferent.js'
import { keys } from './keys.js'
import { linear } from './linear.js'
import { conditionPairs } from './pairs.js'
import { processor } from './processor.js'
import { reservedBits } from './reserved-bits.js'
import { straddles } from './straddles.js'

/** The exhaustive families of the fetch path. */
export const FETCH_FAMILIES: readonly Exhaustive[] = [
  ...linear,
  ...entryBits,
  ...reservedBits,
  ...conditionPairs,
  ...backings,
  ...straddles,
  ...indifferent,
  ...data,
  ...between,
  ...processor,
  ...keys,
]
