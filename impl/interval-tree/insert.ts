import type { IntervalNodes } from './nodes.js'
import { rotated } from './rotate.js'

/**
 * Hangs node `node`, whose bounds are written, into the tree. On the way down every `max` takes in its end, and a side
 * is counted from comparisons, not branched to; on the way up leans change until a subtree is no higher than it was.
 */
export function insertNode(nodes: IntervalNodes, node: number): void {
  const { bounds, links, up, header } = nodes
  const start = bounds[node << 2]!
  const last = bounds[(node << 2) | 1]!
  header[1]!++
  links[(node << 3) | 6] = 0
  links[(node << 3) | 7] = 0

  let parent = 0
  let side = 0
  for (let at = header[0]!; at !== 0; at = links[((at << 3) + 6 + side) | 0]!) {
    const own = bounds[at << 2]!
    if (bounds[(at << 2) | 2]! < last) bounds[(at << 2) | 2] = last
    side = +(own < start) | (+(own === start) & +(at < node))
    parent = at
  }
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
