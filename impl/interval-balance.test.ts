import { describe, expect, it } from 'vitest'
import { inserted, removed } from './interval-balance.js'
import { IntervalNodes, NIL } from './interval-nodes.js'

function xorshift(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Checks order, heights, greatest ends and balance below `node`; returns the subtree's height and greatest end. */
function sound(nodes: IntervalNodes, node: number): { height: number; max: number } {
  if (node === NIL) return { height: 0, max: Number.NEGATIVE_INFINITY }
  const left = sound(nodes, nodes.left[node]!)
  const right = sound(nodes, nodes.right[node]!)
  expect(Math.abs(left.height - right.height), `lean of ${node}`).toBeLessThanOrEqual(1)
  const height = 1 + Math.max(left.height, right.height)
  const max = Math.max(left.max, right.max, nodes.last[node]!)
  expect([nodes.height[node], nodes.max[node]]).toEqual([height, max])
  return { height, max }
}

describe('balancing', () => {
  it.each([1, 2])('leaves no subtree leaning after any insertion or removal, seed %i', seed => {
    const random = xorshift(seed * 5_551_212)
    const nodes = new IntervalNodes(4)
    const keys: number[] = []
    let root = NIL
    for (let step = 0; step < 600; step++) {
      if (keys.length === 0 || random(5) < 3) {
        const start = random(1000)
        root = inserted(nodes, root, nodes.allocate(start, start + random(50), step))
        keys.push(start * 1000 + step)
      } else {
        const [key] = keys.splice(random(keys.length), 1)
        root = removed(nodes, root, Math.floor(key! / 1000), key! % 1000)
      }
      sound(nodes, root)
    }
  })
})
