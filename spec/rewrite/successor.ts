import type { Leaf } from './decision-tree.js'
import type { Bindings, Rule } from './rule.js'

/** One way on from a configuration: the rule that gives it, what the rule bound, and the cells after it. */
export interface Successor<C> {
  readonly rule: Rule<C>
  readonly bindings: Bindings
  readonly cells: C
}

/** Appends what a rule makes of cells that satisfy it: one successor for each of its choices. */
export const fire = <C>({ rule, pattern }: Leaf<C>, cells: C, into: Successor<C>[]): void => {
  const selected = pattern.select(cells)
  if (rule.choose === undefined) {
    into.push({ rule, bindings: selected, cells: rule.rewrite(cells, selected) })
    return
  }
  for (const choice of rule.choose(cells)) {
    const bindings = { ...selected, ...choice }
    into.push({ rule, bindings, cells: rule.rewrite(cells, bindings) })
  }
}
