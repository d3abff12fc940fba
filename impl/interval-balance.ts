import { type IntervalNodes, NIL } from './interval-nodes.js'

/** AVL rebalancing. Every function takes a subtree's root and returns the root that replaces it. */

function rotateRight(nodes: IntervalNodes, top: number): number {
  const pivot = nodes.left[top]!
  nodes.left[top] = nodes.right[pivot]!
  nodes.right[pivot] = top
  nodes.pull(top)
  nodes.pull(pivot)
  return pivot
}

function rotateLeft(nodes: IntervalNodes, top: number): number {
  const pivot = nodes.right[top]!
  nodes.right[top] = nodes.left[pivot]!
  nodes.left[pivot] = top
  nodes.pull(top)
  nodes.pull(pivot)
  return pivot
}

/** Left height minus right height. */
function lean(nodes: IntervalNodes, node: number): number {
  return nodes.height[nodes.left[node]!]! - nodes.height[nodes.right[node]!]!
}

/** Restores height, max and balance of `node`, whose children are sound and differ by at most 2 in height. */
function rebalanced(nodes: IntervalNodes, node: number): number {
  nodes.pull(node)
  const tilt = lean(nodes, node)
  if (tilt > 1) {
    const child = nodes.left[node]!
    if (lean(nodes, child) < 0) nodes.left[node] = rotateLeft(nodes, child)
    return rotateRight(nodes, node)
  }
  if (tilt < -1) {
    const child = nodes.right[node]!
    if (lean(nodes, child) > 0) nodes.right[node] = rotateRight(nodes, child)
    return rotateLeft(nodes, node)
  }
  return node
}

/** Hangs the leaf `leaf` into the subtree. Its key must not be there yet. */
export function inserted(nodes: IntervalNodes, root: number, leaf: number): number {
  if (root === NIL) return leaf
  if (nodes.isBefore(root, nodes.start[leaf]!, nodes.value[leaf]!)) {
    nodes.right[root] = inserted(nodes, nodes.right[root]!, leaf)
  } else {
    nodes.left[root] = inserted(nodes, nodes.left[root]!, leaf)
  }
  return rebalanced(nodes, root)
}

/** Takes the node with key (start, value) out of the subtree and releases it. @throws Error if there is none */
export function removed(nodes: IntervalNodes, root: number, start: number, value: number): number {
  if (root === NIL) throw new Error(`no interval of ${value} starts at ${start}`)
  if (nodes.start[root] === start && nodes.value[root] === value) return joinedChildren(nodes, root)
  if (nodes.isBefore(root, start, value)) {
    nodes.right[root] = removed(nodes, nodes.right[root]!, start, value)
  } else {
    nodes.left[root] = removed(nodes, nodes.left[root]!, start, value)
  }
  return rebalanced(nodes, root)
}

function joinedChildren(nodes: IntervalNodes, node: number): number {
  const left = nodes.left[node]!
  const right = nodes.right[node]!
  nodes.release(node)
  if (left === NIL) return right
  if (right === NIL) return left
  let heir = right
  while (nodes.left[heir] !== NIL) heir = nodes.left[heir]!
  const rest = withoutFirst(nodes, right)
  nodes.left[heir] = left
  nodes.right[heir] = rest
  return rebalanced(nodes, heir)
}

function withoutFirst(nodes: IntervalNodes, root: number): number {
  if (nodes.left[root] === NIL) return nodes.right[root]!
  nodes.left[root] = withoutFirst(nodes, nodes.left[root]!)
  return rebalanced(nodes, root)
}
