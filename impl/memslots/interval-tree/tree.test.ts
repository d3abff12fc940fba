import { describe, expect, it } from 'vitest'
import { randomFrom } from '../../base/random.fixture.js'
import { IntervalTree } from './index.js'
import { IntervalNodes } from './nodes.js'
import { fault } from './sound.fixture.js'

interface Interval {
  readonly start: number
  readonly last: number
  readonly value: number
}

function meeting(tree: IntervalTree, start: number, last: number): number[] {
  const values: number[] = []
  for (let v = tree.first(start, last); v >= 0; v = tree.after(v, start, last)) values.push(v)
  return values
}

function collected(tree: IntervalTree, start: number, last: number): number[] {
  const into = new Int32Array(tree.size)
  return [...into.subarray(0, tree.collect(start, last, into))]
}

const leastHeight = (size: number) => Math.ceil(1.44 * Math.log2(size + 2))

describe('an interval tree', () => {
  it('finds nothing while it is empty', () => {
    const tree = IntervalTree.create()
    expect([tree.find(0), tree.floor(0), tree.ceiling(0), tree.first(0, 2 ** 52)]).toEqual([-1, -1, -1, -1])
    expect([tree.collect(0, 2 ** 52, new Int32Array(1)), tree.size, tree.greatestEnd]).toEqual([
      0,
      0,
      Number.NEGATIVE_INFINITY,
    ])
  })

  it('takes both ends of an interval as inclusive', () => {
    const tree = IntervalTree.create()
    tree.insert(10, 12, 7)
    expect([9, 10, 12, 13].map(point => tree.find(point))).toEqual([-1, 7, 7, -1])
    expect([meeting(tree, 0, 9), meeting(tree, 12, 99), meeting(tree, 13, 99)]).toEqual([[], [7], []])
  })

  it('holds several intervals that start at the same point', () => {
    const tree = IntervalTree.create()
    for (const value of [3, 1, 2]) tree.insert(5, 5 + value, value)
    tree.remove(2)
    expect(meeting(tree, 8, 8)).toEqual([3])
    expect(meeting(tree, 5, 5)).toEqual([1, 3])
  })

  it('distinguishes the last frames there can be', () => {
    const tree = IntervalTree.create()
    const end = 2 ** 52 - 1
    tree.insert(end - 1, end - 1, 0)
    tree.insert(end, end, 1)
    expect([end - 2, end - 1, end, end + 1].map(point => tree.find(point))).toEqual([-1, 0, 1, -1])
  })

  it('is the same, and answers the same, whether a hint is right, wrong or absent', () => {
    const random = randomFrom(11)
    const tree = IntervalTree.create()
    const nodes = () => IntervalNodes.attach(tree.handle)
    const held = new Map<number, number>()
    for (let step = 0; step < 4000; step++) {
      const value = random(200)
      const start = 3 * random(300)
      const [from, length] = [start + random(3), 1 + random(5)]
      const asked = Float64Array.of(from, length)
      const others = [...held.keys()]
      const guess = random(3) === 0 || others.length === 0 ? -1 : others[random(others.length)]!
      const isTaken = [...held].some(([, other]) => other < from + length && from < other + 3)
      expect(tree.meetsExtent(asked, 0, asked, 1, guess)).toBe(isTaken)
      if (held.has(value)) {
        tree.remove(value)
        held.delete(value)
      } else if (![...held.values()].includes(start)) {
        tree.insertExtent(value, Float64Array.of(start), 0, Float64Array.of(3), 0, guess)
        held.set(value, start)
      }
      if (step % 50 === 0) expect(fault(nodes())).toBeNull()
    }
    const inOrder = [...held].sort((a, b) => a[1] - b[1]).map(([value]) => value)
    expect(collected(tree, 0, 2000)).toEqual(inOrder)
  })

  it('throws when a value is inserted twice, or removed without being there', () => {
    const tree = IntervalTree.create()
    tree.insert(5, 9, 1)
    expect(() => tree.insert(50, 51, 1)).toThrow('1 has an interval')
    for (const absent of [0, 2, 7, 5000])
      expect(() => tree.remove(absent)).toThrow(`${absent} has no interval`)
    expect([tree.has(1), tree.has(0), tree.size]).toEqual([true, false, 1])
  })

  it('counts the intervals that meet a range even if the array is too short to list them', () => {
    const tree = IntervalTree.create({ capacity: 10 })
    for (let i = 0; i < 10; i++) tree.insert(i * 2, i * 2 + 1, i)
    const into = new Int32Array(3)
    expect([tree.collect(4, 15, into), ...into]).toEqual([6, 2, 3, 4])
  })

  it('grows as far as its limit, and says where it ends', () => {
    const tree = IntervalTree.create({ capacity: 1, limit: 100 })
    const before = tree.handle.buffer
    for (let i = 0; i < 100; i++) tree.insert(i, i, i)
    expect([tree.reserve(99), tree.reserve(100), tree.size]).toEqual([true, false, 100])
    expect(() => tree.insert(7000, 7000, 100)).toThrow('no room for an interval of 100')
    expect(tree.handle.buffer).not.toBe(before)
    expect(collected(tree, 0, 100)).toHaveLength(100)
  })

  it('is read through its handle, and a reader sees when growth has replaced it', () => {
    const tree = IntervalTree.create({ capacity: 4 })
    const reader = IntervalTree.attach(tree.handle)
    tree.insert(10, 20, 3)
    expect([reader.find(15), reader.size, reader.hasMoved]).toEqual([3, 1, false])
    tree.insert(30, 40, 4)
    expect([reader.hasMoved, tree.hasMoved]).toEqual([true, false])
    expect(IntervalTree.attach(tree.handle).find(35)).toBe(4)
  })

  it('stays shallow when intervals come in order, and from both sides', () => {
    const [ascending, closing] = [IntervalTree.create(), IntervalTree.create()]
    for (let i = 0; i < 2048; i++) {
      ascending.insert(i, i, i)
      const at = i % 2 === 0 ? i : 9999 - i
      closing.insert(at, at, i)
    }
    expect(ascending.height).toBeLessThanOrEqual(leastHeight(2048))
    expect(closing.height).toBeLessThanOrEqual(leastHeight(2048))
    for (let i = 0; i < 2000; i++) ascending.remove(i)
    expect([ascending.size, ascending.find(1999), ascending.find(2000)]).toEqual([48, -1, 2000])
    expect(ascending.height).toBeLessThanOrEqual(leastHeight(48))
  })
})

describe('under random edits an interval tree', () => {
  it.each([1, 2, 3, 4])('agrees with a list, and stays sound, seed %i', seed => {
    const random = randomFrom(seed)
    const tree = IntervalTree.create({ capacity: 2, limit: 256 })
    let list: Interval[] = []
    for (let step = 0; step < 2500; step++) {
      const value = random(160)
      const there = list.find(interval => interval.value === value)
      if (there) {
        tree.remove(value)
        list = list.filter(interval => interval !== there)
      } else {
        const start = random(400)
        const added = { start, last: start + random(random(10) === 0 ? 300 : 20), value }
        tree.insert(added.start, added.last, value)
        list.push(added)
        list.sort((a, b) => a.start - b.start || a.value - b.value)
      }
      expect(fault(IntervalNodes.attach(tree.handle))).toBeNull()
      const from = random(450)
      const to = from + random(30)
      const expected = list.filter(i => i.start <= to && i.last >= from).map(i => i.value)
      expect(meeting(tree, from, to)).toEqual(expected)
      expect(collected(tree, from, to)).toEqual(expected)
      expect(tree.floor(from)).toBe(list.findLast(i => i.start <= from)?.value ?? -1)
      expect(tree.ceiling(from)).toBe(list.find(i => i.start >= from)?.value ?? -1)
      expect(tree.size).toBe(list.length)
    }
  })
})
