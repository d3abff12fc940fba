import type { Seen } from '../../spec/terms/result.js'
import type { Case } from '../cases/case.js'
import { allows } from '../cases/judge-answer.js'
import type { CaseDeviation } from '../reports/conform/codec.js'
import type { Asked } from './ask.js'
import { deviationOf, faultOf } from './deviation.js'

/** The first operation whose answer is not allowed; -1 where all are. */
export const wrongAt = (one: Case, seen: readonly Seen[], errors: 'strict' | 'loose'): number =>
  seen.findIndex((answer, i) => {
    const strict = one.allow[i] ?? []
    const allowed = errors === 'loose' ? [...strict, ...(one.loose?.[i] ?? [])] : strict
    return allowed.length > 0 && !allowed.some(a => allows(a, answer))
  })

/** How many deviations are still to be explained: an explanation costs a thousand times what judging does. */
export interface Explaining {
  left: number
}
const TOO_MANY = 'not explained, as others of its family were:'

/** The deviation of a case from what it allows; null where it passed. An answer that cannot be judged is a fault. */
export const judge = (
  one: Case,
  target: string,
  { seen, fault }: Asked,
  errors: 'strict' | 'loose',
  explaining: Explaining | null = null,
): CaseDeviation | null => {
  try {
    const at = wrongAt(one, seen, errors)
    if (at >= 0) {
      const tooMany = explaining !== null && explaining.left-- <= 0
      return deviationOf(one, target, seen, at, tooMany ? `${TOO_MANY} --filter ${one.id}` : null)
    }
    return fault === null ? null : faultOf(one, target, seen, fault)
  } catch (error) {
    // A fault of this judge, or an answer in this process that is none. It costs this case, and not the run.
    return faultOf(one, target, [], `its answers could not be judged: ${String(error)}`)
  }
}
