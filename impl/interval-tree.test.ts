import { describe, expect, it } from 'vitest'
import { IntervalTree } from './interval-tree.js'

function xorshift(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

function meeting(tree: IntervalTree, start: number, last: number): number[] {
  const values: number[] = []
  tree.forEach(start, last, value => values.push(value))
  return values
}

describe('an interval tree', () => {
  it('finds nothing while it is empty', () => {
    const tree = new IntervalTree()
    expect([tree.find(0), tree.floor(0), tree.ceiling(0), meeting(tree, 0, 2 ** 52)]).toEqual([
      -1,
      -1,
      -1,
      [],
    ])
  })

  it('counts both ends of an interval in', () => {
    const tree = new IntervalTree()
    tree.insert(10, 12, 7)
    expect([9, 10, 12, 13].map(point => tree.find(point))).toEqual([-1, 7, 7, -1])
  })

  it('keeps intervals apart that start at the same point', () => {
    const tree = new IntervalTree()
    for (const value of [3, 1, 2]) tree.insert(5, 5 + value, value)
    tree.remove(5, 2)
    expect(meeting(tree, 8, 8)).toEqual([3])
    expect(meeting(tree, 5, 5)).toEqual([1, 3])
  })

  it('refuses to remove what is not there', () => {
    const tree = new IntervalTree()
    tree.insert(5, 9, 1)
    expect(() => tree.remove(5, 2)).toThrow('no interval of 2 starts at 5')
  })

  it('stops asking at the first value that is accepted', () => {
    const tree = new IntervalTree()
    for (let i = 0; i < 10; i++) tree.insert(i * 2, i * 2 + 1, i)
    const asked: number[] = []
    expect(tree.some(4, 19, value => asked.push(value) === 2)).toBe(true)
    expect(asked).toEqual([2, 3])
  })

  it('grows beyond its first capacity and stays shallow under ascending insertion and removal', () => {
    const tree = new IntervalTree(1)
    for (let i = 0; i < 4096; i++) tree.insert(i, i, i)
    expect(tree.height).toBeLessThanOrEqual(Math.ceil(1.44 * Math.log2(4098)))
    for (let i = 0; i < 4000; i++) tree.remove(i, i)
    expect([tree.size, tree.find(3999), tree.find(4000)]).toEqual([96, -1, 4000])
    expect(tree.height).toBeLessThanOrEqual(10)
  })

  it('stays shallow when intervals close in from both sides', () => {
    const tree = new IntervalTree()
    for (let i = 0; i < 1000; i++) {
      tree.insert(i, i, i)
      tree.insert(3000 - i, 3000 - i, 3000 - i)
    }
    expect(tree.height).toBeLessThanOrEqual(Math.ceil(1.44 * Math.log2(2002)))
  })

  it.each([1, 2, 3, 4])('agrees with a list of intervals under random edits, seed %i', seed => {
    const random = xorshift(seed * 2_654_435)
    const tree = new IntervalTree(2)
    let list: { start: number; last: number; value: number }[] = []
    for (let step = 0; step < 3000; step++) {
      if (random(5) < (list.length < 120 ? 3 : 2)) {
        const start = random(400)
        const added = { start, last: start + random(40), value: step }
        tree.insert(added.start, added.last, added.value)
        list.push(added)
      } else if (list.length > 0) {
        const gone = list[random(list.length)]!
        tree.remove(gone.start, gone.value)
        list = list.filter(other => other !== gone)
      }
      list.sort((a, b) => a.start - b.start || a.value - b.value)
      const from = random(450)
      const to = from + random(30)
      expect(meeting(tree, from, to)).toEqual(
        list.filter(i => i.start <= to && i.last >= from).map(i => i.value),
      )
      expect(tree.floor(from)).toBe(list.findLast(i => i.start <= from)?.value ?? -1)
      expect(tree.ceiling(from)).toBe(list.find(i => i.start >= from)?.value ?? -1)
      expect(tree.height).toBeLessThanOrEqual(Math.ceil(1.44 * Math.log2(list.length + 2)))
    }
    expect(tree.size).toBe(list.length)
  })
})
