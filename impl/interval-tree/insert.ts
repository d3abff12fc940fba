import { EVEN, type IntervalNodes, LEFT, NIL, RIGHT } from './nodes.js'
import { pathNodes, pathSides } from './path.js'
import { rotated } from './rotate.js'

/**
 * Hangs node `node`, whose key is (start, node), into the tree. On the way down every `max` takes in the new end; below
 * the deepest node that leans, every lean is even, and only that node can need a rotation (Knuth 6.2.3, algorithm A).
 */
export function insertNode(nodes: IntervalNodes, node: number, start: number, last: number): void {
  const { bounds, links, lean } = nodes
  bounds[node << 2] = start
  bounds[(node << 2) | 1] = last
  bounds[(node << 2) | 2] = last
  links[(node << 3) + 6] = NIL
  links[(node << 3) + 7] = NIL
  lean[node] = EVEN
  nodes.size++

  let depth = 0
  let pivot = 0
  let at = nodes.root
  while (at !== NIL) {
    const b = at << 2
    const own = bounds[b]!
    const side = own < start || (own === start && at < node) ? 1 : 0
    if (lean[at] !== EVEN) pivot = depth
    if (bounds[b | 2]! < last) bounds[b | 2] = last
    pathNodes[depth] = at
    pathSides[depth] = side
    depth++
    at = links[((at << 3) + 6 + side) | 0]!
  }
  if (depth === 0) {
    nodes.root = node
    return
  }
  links[(pathNodes[depth - 1]! << 3) + 6 + pathSides[depth - 1]!] = node

  for (let k = depth - 1; k > pivot; k--) lean[pathNodes[k]!] = pathSides[k] === 0 ? LEFT : RIGHT
  const top = pathNodes[pivot]!
  const side = pathSides[pivot]!
  const grown = side === 0 ? LEFT : RIGHT
  if (lean[top] === EVEN) lean[top] = grown
  else if (lean[top] !== grown) lean[top] = EVEN
  else {
    const heir = rotated(nodes, top, side)
    if (pivot === 0) nodes.root = heir
    else links[(pathNodes[pivot - 1]! << 3) + 6 + pathSides[pivot - 1]!] = heir
  }
}
