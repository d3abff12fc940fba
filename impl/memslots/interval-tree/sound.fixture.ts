import { EVEN, type IntervalNodes, LEFT, NIL, RIGHT } from './nodes.js'

/** The first thing wrong with a tree: order, leans, greatest ends or size; null if it is sound. */
export function fault(nodes: IntervalNodes): string | null {
  const wrong: string[] = []
  const order: [number, number][] = []
  const heightOf = (node: number): number => {
    if (node === NIL) return 0
    const [left, right] = [nodes.links[8 * node + 6]!, nodes.links[8 * node + 7]!]
    const below = heightOf(left)
    order.push([nodes.bounds[4 * node]!, node])
    const heights = [below, heightOf(right)] as const
    const lean = heights[0] > heights[1] ? LEFT : heights[0] < heights[1] ? RIGHT : EVEN
    if (Math.abs(heights[0] - heights[1]) > 1) wrong.push(`node ${node} is out of balance`)
    if ((nodes.up[node]! & 3) !== lean) wrong.push(`node ${node} leans otherwise than it says`)
    for (const child of [left, right]) {
      if (child !== NIL && nodes.up[child]! >> 2 !== node)
        wrong.push(`node ${child} does not know its parent`)
    }
    const ends = [nodes.bounds[4 * node + 1]!, nodes.bounds[4 * left + 2]!, nodes.bounds[4 * right + 2]!]
    if (nodes.bounds[4 * node + 2] !== Math.max(...ends)) wrong.push(`node ${node} has a wrong greatest end`)
    return 1 + Math.max(...heights)
  }
  heightOf(nodes.root)
  if (order.length !== nodes.size) wrong.push(`${order.length} nodes, where size says ${nodes.size}`)
  for (let i = 1; i < order.length; i++) {
    const [[start, node], [nextStart, nextNode]] = [order[i - 1]!, order[i]!]
    if (start > nextStart || (start === nextStart && node >= nextNode)) wrong.push(`${nextNode} out of order`)
  }
  const next = [0, ...order.map(([, node]) => node), 0]
  for (let i = 1; i < next.length; i++) {
    const [node, before] = [next[i]!, next[i - 1]!]
    if (nodes.order[2 * node] !== before || nodes.order[2 * before + 1] !== node)
      wrong.push(`nodes ${before} and ${node} do not know that they are neighbours`)
  }
  return wrong[0] ?? null
}
