import type { CompiledPattern } from './pattern.js'
import type { Premise } from './premise.js'
import type { Rule } from './rule.js'

/** A premise is tested once for all rules that share the premises before it; each branch counts both answers. */
export interface Branch<C> {
  readonly premise: Premise<C>
  readonly counter: number
  readonly whenTrue: Tree<C>
  readonly whenFalse: Tree<C>
}

export interface Leaf<C> {
  readonly rule: Rule<C>
  readonly counter: number
  readonly pattern: CompiledPattern
}

export interface Tree<C> {
  readonly leaves: Leaf<C>[]
  readonly branches: Branch<C>[]
}

/** Where the answers for one rule's premise are counted: the branch, and which of its answers lets the rule go on. */
export interface PremisePlace {
  readonly counter: number
  readonly wants: boolean
}

export const emptyTree = <C>(): Tree<C> => ({ leaves: [], branches: [] })

/** Grows a tree by one rule and tells where each of its premises is counted. */
export const plant = <C>(tree: Tree<C>, leaf: Leaf<C>, newCounter: () => number): readonly PremisePlace[] => {
  let at = tree
  const places = leaf.rule.when.map(premise => {
    const test = premise.negates ?? premise
    const wants = premise.negates === undefined
    let branch = at.branches.find(b => b.premise === test)
    if (branch === undefined) {
      branch = { premise: test, counter: newCounter(), whenTrue: emptyTree(), whenFalse: emptyTree() }
      at.branches.push(branch)
    }
    at = wants ? branch.whenTrue : branch.whenFalse
    return { counter: branch.counter, wants }
  })
  at.leaves.push(leaf)
  return places
}

/** Calls `found` for every rule whose premises hold, counting each answer on the way. */
export const walk = <C>(
  tree: Tree<C>,
  cells: C,
  counts: Uint32Array,
  found: (leaf: Leaf<C>) => void,
): void => {
  for (const leaf of tree.leaves) found(leaf)
  for (const branch of tree.branches) {
    const holds = branch.premise.holds(cells)
    const index = branch.counter * 2 + (holds ? 1 : 0)
    counts[index] = (counts[index] as number) + 1 // the relation allots a pair for every counter it hands out
    walk(holds ? branch.whenTrue : branch.whenFalse, cells, counts, found)
  }
}
