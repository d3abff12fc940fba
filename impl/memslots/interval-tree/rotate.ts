import { type IntervalNodes, pull } from './nodes.js'

/** Makes `now` the child of `parent` that `old` was, or the root, and `parent` its parent. `now` may be none. */
export function replaceChild(nodes: IntervalNodes, parent: number, old: number, now: number): void {
  const { links, up, header } = nodes
  if (parent === 0) header[0] = now
  else {
    const at = (parent << 3) + 6
    links[links[at | 0] === old ? at | 0 : at | 1] = now
  }
  if (now !== 0) up[now] = (parent << 2) | (up[now]! & 3)
}

/**
 * An AVL rotation: brings `top`, whose subtree on `side` (0 left, 1 right) is two levels higher than the other, into
 * balance, and returns the node that takes its place. The result is as high as `top` was exactly if its lean is not
 * even; that happens only after a removal.
 */
export function rotated(nodes: IntervalNodes, top: number, side: number): number {
  const { bounds, links, up } = nodes
  const other = 1 - side
  // A lean to a side is 1 or 3, an even one 2.
  const heavy = 1 + 2 * side
  const light = heavy ^ 2
  const parent = up[top]! >> 2
  const child = links[(top << 3) + 6 + side]!
  const leanOfChild = up[child]! & 3

  if (leanOfChild !== light) {
    const between = links[(child << 3) + 6 + other]!
    replaceChild(nodes, parent, top, child)
    links[(top << 3) + 6 + side] = between
    if (between !== 0) up[between] = (top << 2) | (up[between]! & 3)
    links[(child << 3) + 6 + other] = top
    const wasEven = leanOfChild === 2
    up[top] = (child << 2) | (wasEven ? heavy : 2)
    up[child] = (parent << 2) | (wasEven ? light : 2)
    pull(bounds, links, top)
    pull(bounds, links, child)
    return child
  }

  const middle = links[(child << 3) + 6 + other]!
  const nearChild = links[(middle << 3) + 6 + side]!
  const nearTop = links[(middle << 3) + 6 + other]!
  replaceChild(nodes, parent, top, middle)
  links[(child << 3) + 6 + other] = nearChild
  if (nearChild !== 0) up[nearChild] = (child << 2) | (up[nearChild]! & 3)
  links[(top << 3) + 6 + side] = nearTop
  if (nearTop !== 0) up[nearTop] = (top << 2) | (up[nearTop]! & 3)
  links[(middle << 3) + 6 + side] = child
  links[(middle << 3) + 6 + other] = top
  const leanOfMiddle = up[middle]! & 3
  up[top] = (middle << 2) | (leanOfMiddle === heavy ? light : 2)
  up[child] = (middle << 2) | (leanOfMiddle === light ? heavy : 2)
  up[middle] = (parent << 2) | 2
  pull(bounds, links, top)
  pull(bounds, links, child)
  pull(bounds, links, middle)
  return middle
}
