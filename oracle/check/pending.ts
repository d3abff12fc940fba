import type { Cells } from '../../spec/terms/cells.js'
import { isVirtual, type Operation } from '../../spec/terms/operation.js'
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
import { effectsOfSecond, firstLookUps } from './restoring.js'
import { effectsAcross, effectsByWindow, effectsInWindow, type Window, waitsForWindow } from './window.js'

/** The effects that a trace allows, where it says which rule the operation follows. */
const followed = ({ chosen }: Begun, effects: readonly Effect[]): readonly Effect[] =>
  chosen === null ? effects : effects.filter(({ rule }) => rule.id === chosen)

/** What operation `n` may do on a machine, as far as it has come. */
const effectsFrom = (
  { restoring }: Candidate,
  n: number,
  operation: Operation,
): ((on: Cells) => readonly Effect[]) => {
  const begun = restoring.find(r => r.n === n)
  return begun === undefined || operation.op !== 'rsm'
    ? on => effectsOf(on, operation)
    : on => effectsOfSecond(on, operation, begun.image)
}

/** The candidates on which RSM `n` has made the first of its two look-ups; it need not, where no other operation is in progress. */
const halfway = (
  candidate: Candidate,
  n: number,
  { operation }: Begun,
  others: ReadonlyMap<number, Begun>,
): readonly Candidate[] => {
  const { cells, window, restoring } = candidate
  if (others.size < 2 || restoring.some(r => r.n === n)) return []
  return firstLookUps(cells, n, operation, window).map(first => ({
    ...candidate,
    restoring: [...restoring, first],
  }))
}

/** Whether the second swap of call `n` waits: for an RSM that began before the first and is not over. */
const waitsForRsm = ({ restoring }: Candidate, n: number): boolean => restoring.some(({ amid }) => amid !== n)

const having = (from: Candidate, n: number, { rule, result, cells }: Effect): Candidate => ({
  ...from,
  cells: atRest(cells),
  restoring: from.restoring.length === 0 ? from.restoring : from.restoring.filter(r => r.n !== n),
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
  if (waitsForWindow(begun.operation, candidate.cells)) return []
  const changes = followed(changing, effectsByWindow(cells, window.call, effectsOf(cells, window.call)))
  return changes.flatMap(change =>
    effectsInWindow(cells, begun.operation, window, change, effectsFrom(candidate, n, begun.operation))
      .filter(({ reached }) => reached === 'open' || !waitsForRsm(candidate, window.n))
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
        .filter(({ reached }) => reached === 'open' || !waitsForRsm(candidate, m))
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
  const effects = followed(begun, effectsFrom(candidate, n, operation)(cells))
  if (window !== null && window.n !== n) {
    const changing = others.get(window.n)
    // A call that does not concern the operation makes no difference to it, nor does its window.
    if (changing === undefined) return effects.map(effect => having(candidate, n, effect))
    return [...takeInWindow(candidate, n, begun, window, changing), ...halfway(candidate, n, begun, others)]
  }
  const byWindow = effectsByWindow(cells, operation, effects)
  const waits = waitsForRsm(candidate, n)
  if (window !== null)
    return waits ? [] : byWindow.map(effect => ({ ...having(candidate, n, effect), window: null }))
  const opened: readonly Candidate[] =
    byWindow.length > 0 && others.size > 1 && operation.op === 'set'
      ? [{ ...candidate, window: { n, call: operation } }]
      : []
  return [
    ...effects
      .filter(effect => !waits || !byWindow.includes(effect))
      .map(effect => having(candidate, n, effect)),
    ...opened,
    ...halfway(candidate, n, begun, others),
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
export const returnedAnyhow = ({ cells, taken, window, restoring }: Candidate, n: number): Candidate => ({
  cells,
  window,
  restoring,
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
