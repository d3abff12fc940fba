import { emptyTree, type PremisePlace, plant, type Successor, type Tree, walk } from './decision-tree.js'
import { type CompiledPattern, compilePattern, demandsOnly, literalAt } from './pattern.js'
import type { Rule } from './rule.js'

export type { Successor } from './decision-tree.js'

interface Group<C> {
  readonly pattern: CompiledPattern
  /** The pattern's test; null where the index has already decided it. */
  readonly matches: ((cells: C) => boolean) | null
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

/** What stands at a path of a value, undefined where the path ends early. */
const readerOf = (path: readonly string[]): ((value: unknown) => unknown) => {
  const [key, ...rest] = path
  if (key === undefined) return value => value
  const read = readerOf(rest)
  return value => read((value as Record<string, unknown> | null | undefined)?.[key])
}

/**
 * Compiles rules into a relation. `dispatch` is the path of the literal by which rules are found: for calls `call.op`.
 *
 * @throws where two rules have one id.
 */
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
    let group = groupByPattern.get(rule.match)
    if (group === undefined) {
      const pattern = compilePattern(rule.match)
      const decided = head !== null && demandsOnly(rule.match, dispatch)
      group = { pattern, matches: decided ? null : pattern.test, tree: emptyTree<C>() }
      groupByPattern.set(rule.match, group)
      index.set(head, [...(index.get(head) ?? []), group])
    }
    const { pattern, tree } = group
    const fires = newCounter()
    places.set(rule.id, { fires, premises: plant(tree, { rule, counter: fires, pattern }, newCounter) })
  }

  const unlabelled = index.get(null) ?? []
  const byHead = new Map(
    [...index].map(([head, groups]) => [head, head === null ? groups : [...groups, ...unlabelled]]),
  )
  const headOf = readerOf(dispatch)
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

/** Every successor of a configuration, each with its rule and bindings, in the order of the rules. None: it is stuck, or at rest. */
export const step = <C>(rel: Relation<C>, cells: C): readonly Successor<C>[] => {
  const successors: Successor<C>[] = []
  const groups = rel.groupsFor(cells)
  for (let i = 0; i < groups.length; i++) {
    const { matches, tree } = groups[i] as Group<C>
    if (matches === null || matches(cells)) walk(tree, cells, rel.counts, successors)
  }
  return successors
}

/** The premises' and firings' counters of a relation back to zero. */
export const resetCounts = <C>(rel: Relation<C>): void => {
  rel.counts.fill(0)
}
