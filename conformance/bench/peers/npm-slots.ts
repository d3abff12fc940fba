import { createRequire } from 'node:module'
import type { Layout } from '../slots/layout.js'

/** Finds the slot of a frame: its number, or −1. */
export interface Finder {
  find(gfn: number): number
}

/** A library from npm that holds the slots of a layout; a development dependency, loaded when it is used. */
export interface NpmPeer {
  readonly name: string
  readonly build: (layout: Layout) => Finder
}

interface Held {
  readonly slot: number
  readonly base: number
  readonly end: number
}

const require = createRequire(import.meta.url)

export const isInstalled = ({ name }: NpmPeer): boolean => {
  try {
    require.resolve(name)
    return true
  } catch {
    return false
  }
}

const heldBy = ({ base, npages, slots }: Layout): readonly Held[] =>
  Array.from({ length: slots }, (_, slot) => {
    const first = base[slot] as number
    return { slot, base: first, end: first + (npages[slot] as number) }
  })

const within = (held: Held | null | undefined, gfn: number): number =>
  held && gfn < held.end ? held.slot : -1

interface SortedBTree {
  set(key: number, value: Held): boolean
  getPairOrNextLower(key: number, reused: [number, Held]): [number, Held] | undefined
}

const sortedBTree: NpmPeer = {
  name: 'sorted-btree',
  build: layout => {
    const BTree = require('sorted-btree').default as new (
      _: undefined,
      by: (a: number, b: number) => number,
    ) => SortedBTree
    const tree = new BTree(undefined, (a, b) => a - b)
    for (const held of heldBy(layout)) tree.set(held.base, held)
    const reused = [0, { slot: -1, base: 0, end: 0 }] as [number, Held]
    return { find: gfn => within(tree.getPairOrNextLower(gfn, reused)?.[1], gfn) }
  },
}

interface RedBlackTree {
  insert(key: number, value: Held): RedBlackTree
  le(key: number): { readonly value: Held | undefined }
}

const functionalRedBlackTree: NpmPeer = {
  name: 'functional-red-black-tree',
  build: layout => {
    const create = require('functional-red-black-tree') as (
      by: (a: number, b: number) => number,
    ) => RedBlackTree
    let tree = create((a, b) => a - b)
    for (const held of heldBy(layout)) tree = tree.insert(held.base, held)
    return { find: gfn => within(tree.le(gfn).value, gfn) }
  },
}

interface BinTree {
  insert(held: Held): boolean
  upperBound(held: Held): { prev(): Held | null }
}

const bintrees: NpmPeer = {
  name: 'bintrees',
  build: layout => {
    const { RBTree } = require('bintrees') as { RBTree: new (by: (a: Held, b: Held) => number) => BinTree }
    const tree = new RBTree((a, b) => a.base - b.base)
    for (const held of heldBy(layout)) tree.insert(held)
    const asked = { slot: -1, base: 0, end: 0 }
    return {
      find: gfn => {
        asked.base = gfn
        return within(tree.upperBound(asked).prev(), gfn)
      },
    }
  },
}

interface FlattenTree {
  insert(range: readonly [number, number], value: number): unknown
  search(range: readonly [number, number]): readonly number[]
}

const flattenJs: NpmPeer = {
  name: '@flatten-js/interval-tree',
  build: layout => {
    const Tree = require('@flatten-js/interval-tree').default as new () => FlattenTree
    const tree = new Tree()
    for (const { slot, base, end } of heldBy(layout)) tree.insert([base, end - 1], slot)
    return { find: gfn => tree.search([gfn, gfn])[0] ?? -1 }
  },
}

interface NodeInterval {
  readonly low: number
  readonly high: number
  readonly slot: number
}
interface NodeTree {
  insert(interval: NodeInterval): unknown
  search(low: number, high: number): readonly NodeInterval[]
}

const nodeIntervalTree: NpmPeer = {
  name: 'node-interval-tree',
  build: layout => {
    const { IntervalTree } = require('node-interval-tree') as { IntervalTree: new () => NodeTree }
    const tree = new IntervalTree()
    for (const { slot, base, end } of heldBy(layout)) tree.insert({ low: base, high: end - 1, slot })
    return { find: gfn => tree.search(gfn, gfn)[0]?.slot ?? -1 }
  },
}

type Interval = readonly [first: number, last: number, slot: number]
interface Tree1d {
  queryPoint(at: number, visit: (found: Interval) => Interval): Interval | undefined
}

const intervalTree1d: NpmPeer = {
  name: 'interval-tree-1d',
  build: layout => {
    const create = require('interval-tree-1d') as (intervals: readonly Interval[]) => Tree1d
    const tree = create(heldBy(layout).map(({ slot, base, end }) => [base, end - 1, slot]))
    const stop = (found: Interval) => found // what a visitor returns ends the search
    return { find: gfn => tree.queryPoint(gfn, stop)?.[2] ?? -1 }
  },
}

/** Maps that can be updated, in which the slot at or before a frame is found. */
export const npmMaps: readonly NpmPeer[] = [sortedBTree, functionalRedBlackTree, bintrees]
export const npmIntervalTrees = { flattenJs, nodeIntervalTree, intervalTree1d }
