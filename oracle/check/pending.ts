import type { Cells } from '../../spec/terms/cells.js'
import { isVirtual } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { accept, atRest, type Effect, effectsOf } from '../effects.js'
import {
  type Begun,
  type Candidate,
  candidateAtRest,
  distinct,
  stillAsReported,
  takenBy,
} from './candidate.js'
import { concernedBy } from './concerned.js'
import { effectsAcross, effectsByWindow, effectsInWindow, type Window, waitsForWindow } from './window.js'

/** The effects that a trace allows, where it says which rule the operation follows. */
const followed = ({ chosen }: Begun, effects: readonly Effect[]): readonly Effect[] =>
  chosen === null ? effects : effects.filter(({ rule }) => rule.id === chosen)

const having = (from: Candidate, n: number, { rule, result, cells }: Effect): Candidate => ({
  ...from,
  cells: atRest(cells),
  taken: [...from.taken, { rule, result, cells, n, before: from.cells }],
})

/** The candidate with the change made whose window was open, or of which the operation saw the end. */
const withChangeMade = (from: Candidate, n: number, effect: Effect): Candidate => ({
  ...having(from, n, { ...effect, cells: from.cells }),
  window: null,
})

/** The candidates on which operation `n` takes effect while another call's window is open. */
const takeInWindow = (
  candidate: Candidate,
  n: number,
  begun: Begun,
  window: Window,
  changing: Begun,
): readonly Candidate[] => {
  const { cells } = candidate
  if (waitsForWindow(begun.operation)) return []
  const changes = followed(changing, effectsByWindow(cells, window.call, effectsOf(cells, window.call)))
  return changes.flatMap(change =>
    effectsInWindow(cells, begun.operation, window, change)
      .filter(({ effect }) => followed(begun, [effect]).length > 0)
      .map(({ effect, reached }) => {
        const after = having(candidate, n, effect)
        return reached === 'open' ? after : withChangeMade(after, window.n, change)
      }),
  )
}

/** The candidates on which operation `n` saw one of the other calls' changes begin in its middle. */
const takeAcross = (
  candidate: Candidate,
  n: number,
  begun: Begun,
  others: ReadonlyMap<number, Begun>,
): readonly Candidate[] => {
  if (!isVirtual(begun.operation)) return []
  const { cells } = candidate
  return [...others].flatMap(([m, changing]) => {
    const call = changing.operation
    if (call.op !== 'set' || takenBy(candidate, m) !== null) return []
    return followed(changing, effectsOf(cells, call)).flatMap(made =>
      effectsAcross(cells, begun.operation, call, made)
        .filter(({ effect }) => followed(begun, [effect]).length > 0)
        .map(({ effect, reached }) => {
          const after = having(candidate, n, effect)
          return reached === 'made' ? withChangeMade(after, m, made) : { ...after, window: { n: m, call } }
        }),
    )
  })
}

/** Every candidate on which operation `n` has made its next step: it has taken effect, or its window is open. */
const take = (
  candidate: Candidate,
  n: number,
  begun: Begun,
  others: ReadonlyMap<number, Begun>,
): readonly Candidate[] => {
  const { cells, window } = candidate
  const { operation } = begun
  const effects = followed(begun, effectsOf(cells, operation))
  if (window !== null && window.n !== n) {
    const changing = others.get(window.n)
    // A call that does not concern the operation makes no difference to it, nor does its window.
    if (changing === undefined) return effects.map(effect => having(candidate, n, effect))
    return takeInWindow(candidate, n, begun, window, changing)
  }
  const byWindow = effectsByWindow(cells, operation, effects)
  if (window !== null) return byWindow.map(effect => ({ ...having(candidate, n, effect), window: null }))
  const opened: readonly Candidate[] =
    byWindow.length > 0 && others.size > 1 && operation.op === 'set'
      ? [{ ...candidate, window: { n, call: operation } }]
      : []
  return [
    ...effects.map(effect => having(candidate, n, effect)),
    ...opened,
    ...takeAcross(candidate, n, begun, others),
  ]
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
        for (const after of take(candidate, m, operation, concerned)) {
          if (m === n && takenBy(after, n) !== null) finished(after)
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
export const returnedAnyhow = ({ cells, taken, window }: Candidate, n: number): Candidate => ({
  cells,
  window,
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
