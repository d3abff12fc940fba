import type { Cells } from '../../spec/terms/cells.js'
import type { Seen } from '../../spec/terms/result.js'
import { accept, atRest, effectsOf } from '../effects.js'
import {
  type Begun,
  type Candidate,
  candidateAtRest,
  distinct,
  stillAsReported,
  takenBy,
} from './candidate.js'
import { concernedBy } from './concerned.js'

const take = ({ cells, taken }: Candidate, n: number, { operation, chosen }: Begun): readonly Candidate[] => {
  const effects = effectsOf(cells, operation)
  const followed = chosen === null ? effects : effects.filter(({ rule }) => rule.id === chosen)
  return followed.map(({ rule, result, cells: after }) => ({
    cells: atRest(after),
    taken: [...taken, { rule, result, cells: after, n, before: cells }],
  }))
}

/** The candidates on which an operation has taken effect; `complete` is false where there were too many. */
export interface Reached {
  readonly candidates: readonly Candidate[]
  readonly complete: boolean
}

/**
 * Every way in which operation `n` may have taken effect by now: first, or after other operations in progress that
 * concern it. A trace says only that the effect lies between start and return. Each candidate on which `n` has taken
 * effect is replaced by what `keep` returns; null drops it. No more than `max` candidates are kept.
 */
export const withEffect = (
  from: readonly Candidate[],
  n: number,
  begun: ReadonlyMap<number, Begun>,
  max: number,
  keep: (candidate: Candidate) => Candidate | null,
): Reached => {
  const machines = from.map(({ cells }) => cells)
  const concerned = concernedBy(n, begun, machines)
  const chosen = begun.get(n)?.chosen ?? null
  let reached: Candidate[] = []
  const finished = (candidate: Candidate): void => {
    // The trace may name the rule after the effect was already taken into account.
    if (chosen !== null && takenBy(candidate, n)?.rule.id !== chosen) return
    const kept = keep(candidate)
    if (kept !== null) reached.push(kept)
  }
  for (let frontier = from; frontier.length > 0; ) {
    const next: Candidate[] = []
    for (const candidate of frontier) {
      if (takenBy(candidate, n) !== null) {
        finished(candidate)
        continue
      }
      for (const [m, operation] of concerned) {
        if (takenBy(candidate, m) !== null) continue
        const after = take(candidate, m, operation)
        if (m === n) after.forEach(finished)
        else next.push(...after)
      }
    }
    frontier = distinct(next)
    if (reached.length + frontier.length > max) reached = [...distinct(reached)]
    if (reached.length + frontier.length > max) return { candidates: reached, complete: false }
  }
  return { candidates: distinct(reached), complete: true }
}

/** The candidate once `n` has returned, whatever it answered: from these a check goes on after a deviation. */
export const returnedAnyhow = ({ cells, taken }: Candidate, n: number): Candidate => ({
  cells,
  taken: taken.filter(t => t.n !== n),
})

/** The candidate once `n` has returned the answer seen; null where the result of its effect does not allow it. */
export const returned = (candidate: Candidate, n: number, seen: Seen): Candidate | null => {
  const effect = takenBy(candidate, n)
  if (effect === null) return null
  const { cells } = candidate
  const knows = stillAsReported(cells, effect.result)
  // The answer may settle uncertain bits. They are those of the machine as it is now, which may be later than the effect.
  const learnt = accept(knows ? { ...effect, cells } : effect, seen)
  return learnt === null ? null : { ...returnedAnyhow(candidate, n), cells: knows ? learnt : cells }
}

/**
 * The same for the commonest case, in fewer steps: one operation in progress, on a machine without effects that wait
 * for their returns. Nothing can have come before its effect, or between that and its return.
 */
export const returnedAlone = (
  cells: Cells,
  { operation, chosen }: Begun,
  seen: Seen,
): readonly Candidate[] => {
  const explained: Candidate[] = []
  for (const effect of effectsOf(cells, operation)) {
    const after = chosen === null || chosen === effect.rule.id ? accept(effect, seen) : null
    if (after !== null) explained.push(candidateAtRest(after))
  }
  return distinct(explained)
}
