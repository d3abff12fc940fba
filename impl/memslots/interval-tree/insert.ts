import type { IntervalNodes } from './nodes.js'
import { rotated } from './rotate.js'

/**
 * Hangs node `node`, whose bounds are written, into the tree, and between its neighbours in order. A guess at one of
 * them saves the way down from the root. It is not relied on: only if the new start lies between that of the guessed
 * node and of the next one, or of the one before, the two are the neighbours. Every `max` above takes in the new end;
 * then, upwards, leans change until a subtree is no higher than it was.
 *
 * @param guess a node of the tree, or none
 */
export function insertNode(nodes: IntervalNodes, node: number, guess: number): void {
  const { bounds, links, order, up, header } = nodes
  const start = bounds[node << 2]!
  const last = bounds[(node << 2) | 1]!
  header[1]!++
  links[(node << 3) | 6] = 0
  links[(node << 3) | 7] = 0

  let before = bounds[guess << 2]! < start ? guess : order[guess << 1]!
  let after = order[(before << 1) | 1]!
  let parent = 0
  let side = 0
  if (before !== 0 && bounds[before << 2]! < start && start < bounds[after << 2]!) {
    // Of two neighbours the lower one in the tree has no child on the side of the other.
    side = +(links[(before << 3) | 7] === 0)
    parent = side === 1 ? before : after
    for (let at = parent; at !== 0 && bounds[(at << 2) | 2]! < last; at = up[at]! >> 2)
      bounds[(at << 2) | 2] = last
  } else {
    for (let at = header[0]!; at !== 0; at = links[((at << 3) + 6 + side) | 0]!) {
      const own = bounds[at << 2]!
      if (bounds[(at << 2) | 2]! < last) bounds[(at << 2) | 2] = last
      // Computed, not branched on: the branch could not be predicted.
      side = +(own < start) | (+(own === start) & +(at < node))
      parent = at
    }
    before = side === 1 ? parent : order[parent << 1]!
    after = order[(before << 1) | 1]!
  }
  order[node << 1] = before
  order[(node << 1) | 1] = after
  order[(before << 1) | 1] = node
  order[after << 1] = node
  up[node] = (parent << 2) | 2
  if (parent === 0) {
    header[0] = node
    return
  }
  links[((parent << 3) + 6 + side) | 0] = node

  for (let at = parent; ; ) {
    const own = up[at]!
    const lean = own & 3
    const grown = 1 + 2 * side
    if (lean !== 2) {
      if (lean === grown) rotated(nodes, at, side)
      else up[at] = own ^ lean ^ 2
      return
    }
    up[at] = own ^ 2 ^ grown
    const above = own >> 2
    if (above === 0) return
    side = +(links[(above << 3) | 7] === at)
    at = above
  }
}
