import { emptyTree, type Leaf, type PremisePlace, plant, type Tree, walk } from './decision-tree.js'
import { type CompiledPattern, compilePattern, literalAt } from './pattern.js'
import type { Bindings, Rule } from './rule.js'

/** One way on from a configuration: the rule that gives it, what the rule bound, and the cells after it. */
export interface Successor<C> {
  readonly rule: Rule<C>
  readonly bindings: Bindings
  readonly cells: C
}

interface Group<C> {
  readonly pattern: CompiledPattern
  readonly tree: Tree<C>
}

/** A set of rules that rewrite the same cells, indexed by the literal their patterns demand at `dispatch`. */
export interface Relation<C> {
  readonly name: string
  readonly rules: readonly Rule<C>[]
  readonly dispatch: readonly string[]
  readonly counts: Uint32Array
  readonly places: ReadonlyMap<string, { readonly fires: number; readonly premises: readonly PremisePlace[] }>
  readonly groupsFor: (cells: C) => readonly Group<C>[]
}

/** Compiles rules into a relation. Two rules of one name, or none at all, are faults of whoever wrote them. */
export const relation = <C>(
  name: string,
  rules: readonly Rule<C>[],
  dispatch: readonly string[] = [],
): Relation<C> => {
  const ids = new Set(rules.map(r => r.id))
  if (ids.size !== rules.length) throw new Error(`relation ${name}: two rules have one id`)

  let counters = 0
  const newCounter = () => counters++
  const places = new Map<string, { fires: number; premises: readonly PremisePlace[] }>()
  const index = new Map<string | null, Group<C>[]>()
  const groupByPattern = new Map<unknown, Group<C>>()

  for (const rule of rules) {
    const head = dispatch.length === 0 ? null : literalAt(rule.match, dispatch)
    const group = groupByPattern.get(rule.match) ?? {
      pattern: compilePattern(rule.match),
      tree: emptyTree<C>(),
    }
    if (!groupByPattern.has(rule.match)) {
      groupByPattern.set(rule.match, group)
      index.set(head, [...(index.get(head) ?? []), group])
    }
    const fires = newCounter()
    const leaf: Leaf<C> = { rule, counter: fires, pattern: group.pattern }
    places.set(rule.id, { fires, premises: plant(group.tree, leaf, newCounter) })
  }

  const unlabelled = index.get(null) ?? []
  const byHead = new Map(
    [...index].map(([head, groups]) => [head, head === null ? groups : [...groups, ...unlabelled]]),
  )
  const headOf = (cells: C): unknown => {
    let at: unknown = cells
    for (const key of dispatch) at = (at as Record<string, unknown> | null | undefined)?.[key]
    return at
  }
  return {
    name,
    rules,
    dispatch,
    counts: new Uint32Array(counters * 2),
    places,
    groupsFor:
      dispatch.length === 0 ? () => unlabelled : cells => byHead.get(headOf(cells) as string) ?? unlabelled,
  }
}

const bind = <C>(leaf: Leaf<C>, cells: C, into: Successor<C>[]): void => {
  const { rule } = leaf
  const selected = leaf.pattern.select(cells)
  if (rule.choose === undefined) {
    into.push({ rule, bindings: selected, cells: rule.rewrite(cells, selected) })
    return
  }
  for (const choice of rule.choose(cells)) {
    const bindings = { ...selected, ...choice }
    into.push({ rule, bindings, cells: rule.rewrite(cells, bindings) })
  }
}

/** All successors of a configuration, each with its rule and bindings, in the order of the rules' families. */
export const step = <C>(rel: Relation<C>, cells: C): readonly Successor<C>[] => {
  const successors: Successor<C>[] = []
  const { counts } = rel
  const found = (leaf: Leaf<C>) => {
    const index = leaf.counter * 2 + 1
    counts[index] = (counts[index] as number) + 1
    bind(leaf, cells, successors)
  }
  for (const group of rel.groupsFor(cells)) {
    if (group.pattern.test(cells)) walk(group.tree, cells, counts, found)
  }
  return successors
}

/** The premises' and firings' counters of a relation back to zero. */
export const resetCounts = <C>(rel: Relation<C>): void => {
  rel.counts.fill(0)
}
