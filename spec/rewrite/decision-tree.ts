import type { CompiledPattern } from './pattern.js'
import type { Premise } from './premise.js'
import type { Bindings, Rule } from './rule.js'

/** One way on from a configuration: the rule that gives it, what the rule bound, and the cells after it. */
export interface Successor<C> {
  readonly rule: Rule<C>
  readonly bindings: Bindings
  readonly cells: C
}

/** A premise is tested once for all rules that share the premises before it; each branch counts both answers. */
export interface Branch<C> {
  readonly premise: Premise<C>
  /** The premise's own test, kept beside its counter because every step goes through here. */
  readonly holds: (cells: C) => boolean
  readonly counter: number
  readonly whenTrue: Tree<C>
  readonly whenFalse: Tree<C>
}

/** A rule at the end of its premises, its pattern compiled, and the counter of its firings. */
export interface Leaf<C> {
  readonly rule: Rule<C>
  readonly counter: number
  readonly pattern: CompiledPattern
}

/** The rules of one pattern, by their premises. */
export interface Tree<C> {
  readonly leaves: Leaf<C>[]
  readonly branches: Branch<C>[]
}

/** Where the answers for one rule's premise are counted: the branch, and which of its answers lets the rule go on. */
export interface PremisePlace {
  readonly counter: number
  readonly wants: boolean
}

/** A tree without rules, to be grown by `plant`. */
export const emptyTree = <C>(): Tree<C> => ({ leaves: [], branches: [] })

/** Grows a tree by one rule; gives the places where its premises are counted. */
export const plant = <C>(tree: Tree<C>, leaf: Leaf<C>, newCounter: () => number): readonly PremisePlace[] => {
  let at = tree
  const places = leaf.rule.when.map(premise => {
    const test = premise.negates ?? premise
    const wants = premise.negates === undefined
    let branch = at.branches.find(b => b.premise === test)
    if (branch === undefined) {
      const { holds } = test
      branch = { premise: test, holds, counter: newCounter(), whenTrue: emptyTree(), whenFalse: emptyTree() }
      at.branches.push(branch)
    }
    at = wants ? branch.whenTrue : branch.whenFalse
    return { counter: branch.counter, wants }
  })
  at.leaves.push(leaf)
  return places
}

/** Appends what a rule makes of cells that satisfy it: one successor for each of its choices. */
const fire = <C>({ rule, pattern }: Leaf<C>, cells: C, into: Successor<C>[]): void => {
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

/**
 * Appends the successors by every rule whose premises hold, counting each answer and each firing on the way.
 *
 * In a family that checks in order nearly every node has one branch, so the walk goes down its last branch in the loop
 * and recurs only into the others: the rules' order is kept, and a long chain of checks costs no calls but the checks.
 */
export const walk = <C>(tree: Tree<C>, cells: C, counts: Uint32Array, into: Successor<C>[]): void => {
  let at = tree
  for (;;) {
    const { leaves, branches } = at
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i] as Leaf<C>
      count(counts, leaf.counter, true)
      fire(leaf, cells, into)
    }
    const last = branches.length - 1
    if (last < 0) return
    for (let i = 0; i < last; i++) walk(side(branches[i] as Branch<C>, cells, counts), cells, counts, into)
    at = side(branches[last] as Branch<C>, cells, counts)
  }
}

/** The side of a branch on which its premise puts the cells, counted. */
const side = <C>(
  { holds, counter, whenTrue, whenFalse }: Branch<C>,
  cells: C,
  counts: Uint32Array,
): Tree<C> => {
  const held = holds(cells)
  count(counts, counter, held)
  return held ? whenTrue : whenFalse
}

const count = (counts: Uint32Array, counter: number, answer: boolean): void => {
  const index = counter * 2 + (answer ? 1 : 0)
  counts[index] = (counts[index] as number) + 1 // the relation allots a pair for every counter it hands out
}
