import { EVEN, type IntervalNodes, LEFT, RIGHT } from './nodes.js'

/**
 * AVL rotations. A side is 0, left, or 1, right: a link's index is `8n + 6 + side`, and the lean to that side is `LEFT`
 * or `RIGHT`, which are each other's mirror about `EVEN`.
 */

const SIDE_AT = 6

function leanTo(side: number): number {
  return side === 0 ? LEFT : RIGHT
}

/**
 * Brings `top`, whose subtree on `side` is two levels higher than the other, into balance, and returns the node that
 * takes its place. The result is as high as `top` was exactly if its lean is not `EVEN`; that happens only after a
 * removal.
 */
export function rotated(nodes: IntervalNodes, top: number, side: number): number {
  const { links, lean } = nodes
  const other = 1 - side
  const heavy = leanTo(side)
  const light = leanTo(other)
  const child = links[(top << 3) + SIDE_AT + side]!
  const leanOfChild = lean[child]!

  if (leanOfChild !== light) {
    links[(top << 3) + SIDE_AT + side] = links[(child << 3) + SIDE_AT + other]!
    links[(child << 3) + SIDE_AT + other] = top
    const wasEven = leanOfChild === EVEN
    lean[top] = wasEven ? heavy : EVEN
    lean[child] = wasEven ? light : EVEN
    nodes.pull(top)
    nodes.pull(child)
    return child
  }

  const middle = links[(child << 3) + SIDE_AT + other]!
  links[(child << 3) + SIDE_AT + other] = links[(middle << 3) + SIDE_AT + side]!
  links[(middle << 3) + SIDE_AT + side] = child
  links[(top << 3) + SIDE_AT + side] = links[(middle << 3) + SIDE_AT + other]!
  links[(middle << 3) + SIDE_AT + other] = top
  const leanOfMiddle = lean[middle]!
  lean[top] = leanOfMiddle === heavy ? light : EVEN
  lean[child] = leanOfMiddle === light ? heavy : EVEN
  lean[middle] = EVEN
  nodes.pull(top)
  nodes.pull(child)
  nodes.pull(middle)
  return middle
}
