import type { Cells } from '../../spec/terms/cells.js'
import type { Seen } from '../../spec/terms/result.js'
import { accept, atRest, effectsOf } from '../effects.js'
import { type Begun, distinct, type Possible, possibleAtRest, stillAsReported, takenBy } from './candidate.js'
import { concernedBy } from './concerned.js'

const take = ({ cells, taken }: Possible, n: number, { operation, chosen }: Begun): readonly Possible[] => {
  const effects = effectsOf(cells, operation)
  const followed = chosen === null ? effects : effects.filter(({ rule }) => rule.id === chosen)
  return followed.map(({ rule, result, cells: after }) => ({
    cells: atRest(after),
    taken: [...taken, { rule, result, cells: after, n, before: cells }],
  }))
}

/** The machines on which an operation has taken effect; `complete` is false where there were too many to go on. */
export interface Reached {
  readonly possibles: readonly Possible[]
  readonly complete: boolean
}

/**
 * Every way in which the operation `n` may have taken effect by now: at once, or after others in progress that concern it.
 * An effect lies between start and return, which is all that a trace says of its moment. `keep` says what becomes of a
 * machine on which it has; null drops it.
 */
export const withEffect = (
  from: readonly Possible[],
  n: number,
  begun: ReadonlyMap<number, Begun>,
  most: number,
  keep: (possible: Possible) => Possible | null,
): Reached => {
  const machines = from.map(({ cells }) => cells)
  const concerned = concernedBy(n, begun, machines)
  const chosen = begun.get(n)?.chosen ?? null
  let reached: Possible[] = []
  const finished = (possible: Possible): void => {
    // The rule may have been recorded only after the effect was thought of.
    if (chosen !== null && takenBy(possible, n)?.rule.id !== chosen) return
    const kept = keep(possible)
    if (kept !== null) reached.push(kept)
  }
  for (let frontier = from; frontier.length > 0; ) {
    const next: Possible[] = []
    for (const possible of frontier) {
      if (takenBy(possible, n) !== null) {
        finished(possible)
        continue
      }
      for (const [m, operation] of concerned) {
        if (takenBy(possible, m) !== null) continue
        const after = take(possible, m, operation)
        if (m === n) after.forEach(finished)
        else next.push(...after)
      }
    }
    frontier = distinct(next)
    if (reached.length + frontier.length > most) reached = [...distinct(reached)]
    if (reached.length + frontier.length > most) return { possibles: reached, complete: false }
  }
  return { possibles: distinct(reached), complete: true }
}

/** The machine once `n` has returned, whatever it answered: how a check goes on behind a deviation. */
export const returnedAnyhow = ({ cells, taken }: Possible, n: number): Possible => ({
  cells,
  taken: taken.filter(t => t.n !== n),
})

/** The machine once `n` has returned what was seen; null where its result allows no such answer. */
export const returned = (possible: Possible, n: number, seen: Seen): Possible | null => {
  const effect = takenBy(possible, n)
  if (effect === null) return null
  const { cells } = possible
  const knows = stillAsReported(cells, effect.result)
  // The answer teaches something of the machine as it is now, which may be later than the effect.
  const learnt = accept(knows ? { ...effect, cells } : effect, seen)
  return learnt === null ? null : { ...returnedAnyhow(possible, n), cells: knows ? learnt : cells }
}

/**
 * The same by a shorter way, for the commonest case: an operation alone in progress on a machine where nothing waits.
 * Nothing can have come before its effect or between that and its return.
 */
export const returnedAlone = (
  cells: Cells,
  { operation, chosen }: Begun,
  seen: Seen,
): readonly Possible[] => {
  const explained: Possible[] = []
  for (const effect of effectsOf(cells, operation)) {
    const after = chosen === null || chosen === effect.rule.id ? accept(effect, seen) : null
    if (after !== null) explained.push(possibleAtRest(after))
  }
  return distinct(explained)
}
