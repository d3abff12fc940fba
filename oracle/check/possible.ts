import { identity, type Rule, step } from '../../spec/rewrite/index.js'
import { answerRelation, callRelation } from '../../spec/rules/calls.js'
import type { Cells } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Result, Seen } from '../../spec/terms/result.js'

/** What an operation may do: the rule, the answer it gives and the machine after it. */
export interface Effect {
  readonly rule: Rule<Cells>
  readonly result: Result
  readonly cells: Cells
}

/** Every effect the specification allows an operation on a machine at rest. */
export const effectsOf = (cells: Cells, operation: Operation): readonly Effect[] =>
  step(callRelation(cells.params), { ...cells, call: operation }).map(({ rule, cells: after }) => ({
    rule,
    result: after.returned as Result, // every rule of the relation ends in an answer; a test holds them to it
    cells: after,
  }))

/** The machine after an effect, if the answer seen is one that its result allows. */
export const accept = (effect: Effect, seen: Seen): Cells | null =>
  step(answerRelation, { ...effect.cells, seen })[0]?.cells ?? null

/**
 * A machine that may be behind what was seen so far: operations that have taken effect but whose return has not been
 * seen wait in `effects`.
 */
export interface Possible {
  readonly cells: Cells
  readonly effects: ReadonlyMap<number, Effect>
}

export const possibleAtRest = (cells: Cells): Possible => ({ cells, effects: new Map() })

const nameOf = ({ cells, effects }: Possible): string =>
  `${identity(cells)}${[...effects].map(([n, { result }]) => `|${n}:${identity(result)}`).sort()}`

/** Without the duplicates that different orders of the same operations leave. */
export const distinct = (possibles: readonly Possible[]): readonly Possible[] =>
  possibles.length < 2 ? possibles : [...new Map(possibles.map(p => [nameOf(p), p])).values()]

const take = (from: Possible, n: number, operation: Operation, chosen: string | null): readonly Possible[] =>
  effectsOf(from.cells, operation)
    .filter(effect => chosen === null || effect.rule.id === chosen)
    .map(effect => ({
      cells: { ...effect.cells, returned: null },
      effects: new Map(from.effects).set(n, effect),
    }))

/** What has begun and not returned: the operation, and the rule it is recorded to have followed, if it is. */
export interface Begun {
  readonly operation: Operation
  readonly chosen: string | null
}

/**
 * Every way in which the operation `n` may have taken effect by now: at once, or after any of the others in progress.
 * An effect lies between start and return, which is all that a trace says of its moment.
 */
export const withEffect = (
  from: Possible,
  n: number,
  begun: ReadonlyMap<number, Begun>,
): readonly Possible[] => {
  if (from.effects.has(n)) return [from]
  const open = [...begun].filter(([m]) => !from.effects.has(m))
  return open.flatMap(([m, { operation, chosen }]) => {
    const after = take(from, m, operation, chosen)
    return m === n ? after : after.flatMap(p => withEffect(p, n, begun))
  })
}

/** The machine once `n` has returned what was seen; null where its result allows no such answer. */
export const returned = (possible: Possible, n: number, seen: Seen): Possible | null => {
  const effect = possible.effects.get(n)
  if (effect === undefined) return null
  const effects = new Map(possible.effects)
  effects.delete(n)
  // The answer teaches something of the machine as it is now, which may be later than the effect.
  const learnt = accept({ ...effect, cells: { ...possible.cells, returned: effect.result } }, seen)
  return learnt === null ? null : { cells: learnt, effects }
}

/** The machine once `n` has returned, whatever it answered: how a check goes on behind a deviation. */
export const returnedAnyhow = (possible: Possible, n: number): Possible => {
  const effects = new Map(possible.effects)
  effects.delete(n)
  return { cells: possible.cells, effects }
}
