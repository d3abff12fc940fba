import { isMatching, match } from 'ts-pattern'
import type { Relation, Successor } from './relation.js'
import type { Bindings, Rule } from './rule.js'

/**
 * The rules read literally, by ts-pattern itself and one after the other: slow, obviously right, and what the compiled
 * engine is tested against.
 */
export const naiveStep = <C>(rel: Relation<C>, cells: C): readonly Successor<C>[] =>
  rel.rules
    .filter(rule => applies(rule, cells))
    .flatMap(rule =>
      (rule.choose?.(cells) ?? [{}]).map(choice => {
        const bindings = { ...selections(rule, cells), ...choice }
        return { rule, bindings, cells: rule.rewrite(cells, bindings) }
      }),
    )

const applies = <C>(rule: Rule<C>, cells: C): boolean =>
  isMatching(rule.match as never, cells as never) && rule.when.every(premise => premise.holds(cells))

const selections = <C>(rule: Rule<C>, cells: C): Bindings => {
  const selected: unknown = match(cells as unknown)
    .with(rule.match as never, (found: unknown) => found)
    .otherwise(() => ({}))
  // Without a named P.select the library hands over the value itself.
  return selected === cells ? {} : (selected as Bindings)
}
