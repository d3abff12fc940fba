import { counted } from '../../../spec/terms/counted.js'
import type { SuiteReport } from '../../reports/conform/codec.js'
import type { Hello, Target } from '../../targets/target.js'
import type { ProgramsOutcome } from './run-programs.js'

export type Atomicity = NonNullable<SuiteReport['atomicity']>

/** Features by which a target can be asked programs whose threads meet. */
const BY = ['threads', 'steps']

/** By what it was judged that updates are one moment for who looks on, and whether it was. */
export const atomicityOf = (
  target: Target,
  { features }: Hello,
  asked: number,
  { passed, deviations }: ProgramsOutcome,
): Atomicity => {
  if (target.atomicity === 'explorer')
    return { is: 'explorer', says: 'atomicity is judged by the explorer: memslot designs' }
  const judged = passed + deviations.length
  if (judged > 0)
    return {
      is: 'judged',
      says: `atomicity was judged by ${counted(judged, 'program')} whose threads meet (memslot stress --target looks longer)`,
    }
  if (asked > 0)
    return {
      is: 'not judged',
      says: `atomicity was not judged: none of ${counted(asked, 'program')} came to a verdict`,
    }
  return BY.some(feature => features.includes(feature))
    ? { is: 'not asked', says: 'no program whose threads meet was among the cases' }
    : { is: 'not judged', says: 'atomicity was not judged: the target claims neither threads nor steps' }
}
