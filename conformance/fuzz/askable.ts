import type { Config } from '../../oracle/wire/config.js'
import { MAX_SLOT_PAGES, pageOf } from '../../spec/terms/numbers.js'
import type { Operation, Region } from '../../spec/terms/operation.js'
import { pagingOf } from '../../spec/terms/paging/regime.js'
import { type Feature, featuresOf } from '../targets/features.js'
import type { Stage } from './world.js'

/** The pages of a slot for a target that keeps real bitmaps and metadata: more would take too long for one sequence. */
const MAX_PAGES = 2 ** 16

const affordable = (o: Operation, features: ReadonlySet<Feature>): boolean => {
  if (features.has('huge-slots')) return true
  const fits = ({ size }: Region) => pageOf(size) < MAX_PAGES || pageOf(size) > MAX_SLOT_PAGES
  return o.op === 'set' ? fits(o) : o.op === 'batch' ? o.entries.every(fits) : true
}

/** Whether a target can be asked this. The configuration is not looked at: it was chosen to fit. */
export const canBeAsked = (
  { features, hasAll, hello: { paging } }: Stage,
  { spaces = 2 }: Config,
  o: Operation,
): boolean =>
  hasAll ||
  (affordable(o, features) &&
    (o.op !== 'registers' || paging === undefined || paging.includes(pagingOf(o))) &&
    featuresOf({ spaces }, [o]).every(feature => features.has(feature)))
