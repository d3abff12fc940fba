import { ABSENT, EVEN, type IntervalNodes, LEFT, NIL, RIGHT } from './nodes.js'
import { pathNodes, pathSides } from './path.js'
import { rotated } from './rotate.js'

/** Takes node `node`, which is in the tree, out of it. A node with two children is replaced by the next in order. */
export function removeNode(nodes: IntervalNodes, node: number): void {
  const { links, lean } = nodes
  const place = pathTo(nodes, node)
  let depth = place
  const left = links[(node << 3) + 6]!
  const right = links[(node << 3) + 7]!
  nodes.size--

  if (left === NIL || right === NIL) {
    hang(nodes, depth, left === NIL ? right : left)
  } else {
    let heir = right
    pathSides[depth++] = 1
    for (let next = links[(heir << 3) + 6]!; next !== NIL; next = links[(heir << 3) + 6]!) {
      pathNodes[depth] = heir
      pathSides[depth++] = 0
      heir = next
    }
    // The heir leaves its place for the removed node's, which may be right above it.
    pathNodes[place] = heir
    const orphan = links[(heir << 3) + 7]!
    links[(heir << 3) + 6] = left
    links[(heir << 3) + 7] = right
    lean[heir] = lean[node]!
    hang(nodes, place, heir)
    hang(nodes, depth, orphan)
  }
  lean[node] = ABSENT
  settle(nodes, depth, place)
}

/** Writes the way to `node` into the path and returns how many nodes lie above it. */
function pathTo(nodes: IntervalNodes, node: number): number {
  const { bounds, links } = nodes
  const start = bounds[node << 2]!
  let depth = 0
  let at = nodes.root
  while (at !== node) {
    const own = bounds[at << 2]!
    const side = own < start || (own === start && at < node) ? 1 : 0
    pathNodes[depth] = at
    pathSides[depth] = side
    depth++
    at = links[((at << 3) + 6 + side) | 0]!
  }
  return depth
}

/** Makes `node` the child that the path goes to at `depth`. */
function hang(nodes: IntervalNodes, depth: number, node: number): void {
  if (depth === 0) nodes.root = node
  else nodes.links[(pathNodes[depth - 1]! << 3) + 6 + pathSides[depth - 1]!] = node
}

/**
 * Goes up a path whose subtree at `depth` has become a level lower: leans, rotations, greatest ends. Ends where neither
 * height nor greatest end of a subtree has changed, but not at or below `place`, where a node took another's.
 */
function settle(nodes: IntervalNodes, depth: number, place: number): void {
  const { bounds, lean } = nodes
  let lower = true
  for (let k = depth - 1; k >= 0; k--) {
    let at = pathNodes[k]!
    const before = bounds[(at << 2) | 2]!
    nodes.pull(at)
    if (lower) {
      const side = pathSides[k]!
      if (lean[at] === (side === 0 ? LEFT : RIGHT)) lean[at] = EVEN
      else if (lean[at] === EVEN) {
        lean[at] = side === 0 ? RIGHT : LEFT
        lower = false
      } else {
        at = rotated(nodes, at, 1 - side)
        hang(nodes, k, at)
        lower = lean[at] === EVEN
      }
    }
    if (!lower && k < place && bounds[(at << 2) | 2] === before) return
  }
}
