import { type IntervalNodes, pull } from './nodes.js'
import { replaceChild, rotated } from './rotate.js'

/** Takes node `node`, which is in the tree, out of it. A node with two children is replaced by the next in order. */
export function removeNode(nodes: IntervalNodes, node: number): void {
  const { links, order, up, header } = nodes
  const left = links[(node << 3) | 6]!
  const right = links[(node << 3) | 7]!
  const own = up[node]!
  const parent = own >> 2
  const before = order[node << 1]!
  const after = order[(node << 1) | 1]!
  order[(before << 1) | 1] = after
  order[after << 1] = before
  header[1]!--

  if (left === 0 || right === 0) {
    const side = parent === 0 ? 0 : +(links[(parent << 3) | 7] === node)
    replaceChild(nodes, parent, node, left + right)
    up[node] = 0
    settle(nodes, parent, side, 0)
    return
  }
  const heir = after
  let from = heir
  if (heir !== right) {
    from = up[heir]! >> 2
    replaceChild(nodes, from, heir, links[(heir << 3) | 7]!)
    links[(heir << 3) | 7] = right
    up[right] = (heir << 2) | (up[right]! & 3)
  }
  links[(heir << 3) | 6] = left
  up[left] = (heir << 2) | (up[left]! & 3)
  up[heir] = own
  replaceChild(nodes, parent, node, heir)
  up[node] = 0
  settle(nodes, from, heir === right ? 1 : 0, heir)
}

/**
 * Goes up from `from`, whose subtree on `side` has become a level lower: leans, rotations, greatest ends. Ends where
 * neither height nor greatest end of a subtree has changed, but not before it is above `heir`, who took another's
 * place.
 */
function settle(nodes: IntervalNodes, from: number, side: number, heir: number): void {
  const { bounds, links, up } = nodes
  let lost = 1 + 2 * side
  let lower = true
  let mayEnd = heir === 0
  for (let at = from; at !== 0; ) {
    const before = bounds[(at << 2) | 2]!
    pull(bounds, links, at)
    const own = up[at]!
    const above = own >> 2
    const next = above === 0 ? 0 : 1 + 2 * +(links[(above << 3) | 7] === at)
    let top = at
    if (lower) {
      const lean = own & 3
      if (lean === lost) up[at] = own ^ lean ^ 2
      else if (lean === 2) {
        up[at] = own ^ lost
        lower = false
      } else {
        top = rotated(nodes, at, lost === 1 ? 1 : 0)
        lower = (up[top]! & 3) === 2
      }
    }
    if (!mayEnd) mayEnd = at === heir
    else if (!lower && bounds[(top << 2) | 2] === before) return
    lost = next
    at = above
  }
}
