import type { Cells } from '../../spec/terms/cells.js'
import type { Seen } from '../../spec/terms/result.js'
import { accept, effectsOf } from '../effects.js'
import {
  type Begun,
  type Candidate,
  candidateAtRest,
  distinct,
  stillAsReported,
  takenBy,
} from './candidate.js'
import { concernedBy } from './concerned.js'
import { awaitsHarvest, take } from './next-step.js'
import { withMarks } from './unmade-marks.js'

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
  /** Before its last mark is made a harvest may come, and what that harvest finds. */
  const goesOn = (candidate: Candidate): boolean =>
    candidate.unmade.some(mark => mark.n === n) && awaitsHarvest(candidate, concerned)
  for (let frontier = from; frontier.length > 0; ) {
    const next: Candidate[] = []
    for (const candidate of frontier) {
      if (takenBy(candidate, n) !== null) {
        finished(candidate)
        if (!goesOn(candidate)) continue
      }
      for (const [m, operation] of concerned) {
        if (takenBy(candidate, m) !== null) continue
        for (const after of take(candidate, m, operation, concerned, m === n)) {
          if (m === n && takenBy(after, n) !== null && !goesOn(after)) finished(after)
          else next.push(after)
        }
      }
    }
    frontier = distinct(next)
    if (reached.length + frontier.length > max) reached = [...distinct(reached)]
    if (reached.length + frontier.length > max) return { candidates: reached, complete: false }
  }
  return { candidates: distinct(reached), complete: true }
}

/** The candidate once `n` has returned, whatever it answered: from these a check goes on after a deviation. */
export const returnedAnyhow = (candidate: Candidate, n: number): Candidate => ({
  ...withMarks(candidate, mark => mark.n === n),
  taken: candidate.taken.filter(t => t.n !== n),
})

/** The candidate once `n` has returned the answer seen; null where the result of its effect does not allow it. */
export const returned = (candidate: Candidate, n: number, seen: Seen): Candidate | null => {
  const effect = takenBy(candidate, n)
  if (effect === null) return null
  const after = returnedAnyhow(candidate, n)
  const { cells } = after
  const knows = stillAsReported(cells, effect.result)
  // The answer may settle uncertain bits. They are those of the machine as it is now, which may be later than the effect.
  const learnt = accept(knows ? { ...effect, cells } : effect, seen)
  return learnt === null ? null : { ...after, cells: knows ? learnt : cells }
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
