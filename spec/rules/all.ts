import type { Rule } from '../rewrite/index.js'
import type { Cells } from '../terms/cells.js'
import { answerRules } from './agreement/rules.js'
import { batchUnknown } from './batch/no-batch.js'
import { batchRules, linuxRules } from './calls.js'
import { fetchPathRules } from './fetch-path.js'

/** Every rule there is at the grain of whole calls, and of the steps of an address, in the order of the index. */
export const allRules: readonly Rule<Cells>[] = [
  ...linuxRules,
  ...batchRules,
  batchUnknown,
  ...fetchPathRules,
  ...answerRules,
]
