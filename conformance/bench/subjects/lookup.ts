import type { Target } from '../../reports/bench/codec.js'
import type { Benchmark, Comparison } from '../benchmark.js'
import type { Contender } from '../contender.js'
import { findLoop, freshLoop } from '../fresh-loop.js'
import { lazily } from '../lazily.js'
import { missingNative } from '../peers/native.js'
import { type Finder, isInstalled, type NpmPeer, npmIntervalTrees, npmMaps } from '../peers/npm-slots.js'
import { BLOCK, type LookupInC, lookupInC } from '../peers/slots-in-c.js'
import { LAYOUT_NAMES, type Layout, type LayoutName, layoutOf, queriesOf, SIZES } from '../slots/layout.js'
import { indexOf } from './slots/slot-index.js'

/** A number for each of `SIZES`. */
type BySize = readonly [number, number, number, number, number]

/** The most a look-up may take of one in C's red-black tree. */
const RANDOM: Readonly<Record<LayoutName, BySize>> = {
  mixed: [1.3, 0.9, 0.55, 0.35, 0.3],
  dimm: [0.7, 0.35, 0.15, 0.15, 0.12],
  skew: [1.7, 0.9, 0.5, 0.4, 0.3],
}
/** What that tree took of C's sorted array where those were set. */
const TREE_BY_ARRAY: Readonly<Record<LayoutName, BySize>> = {
  mixed: [3.54, 3.29, 4.65, 5.69, 6.72],
  dimm: [2.81, 3.35, 4.04, 6.62, 6.63],
  skew: [3.62, 4.16, 5.18, 6.57, 6.27],
}
/** The most a look-up in mixed slots may take of one in C's sorted array, where the tree is no measure. */
const BY_ARRAY: BySize = [4.5, 3, 2.5, 2.5, 2.5]

/** With the last used slot in front of both, 95 in 100 look-ups in the slot of the one before. */
const CLUSTERED: BySize = [2.5, 2.5, 1.7, 1, 1]
const SAME_SLOT = 0.95
/** What the tree without a last used slot took there of the tree with one. */
const TREE_BY_LAST_USED: BySize = [1.48, 2.14, 2.31, 1.9, 1.55]

/** How many times a look-up must go into that of the fastest map, and of two interval trees. */
const MAPS: BySize = [4, 6, 6, 6, 10]
const FLATTEN_JS = 10
const NODE_INTERVAL_TREE = 30

const atMost = (bound: number): Target => ({ of: 'ratio', atMost: bound })
const timesFaster = (times: number): Target => atMost(1 / times)

/** Looks up block by block, going round the queries. */
const looking = <I>(
  name: string,
  it: () => I,
  queries: () => Float64Array,
  loop: (it: I, queries: Float64Array, from: number, count: number) => number,
): Contender => {
  let from = 0
  return {
    name,
    pieces: BLOCK,
    run: times => {
      const [found, numbers] = [it(), queries()]
      let sum = 0
      for (let i = 0; i < times; i++) {
        sum = (sum + loop(found, numbers, from, BLOCK)) | 0
        from = (from + BLOCK) % numbers.length
      }
      return sum
    },
  }
}

/** So many queries are put to slow peers before they are timed. */
const CHECKED = 4096

/** What a peer from npm answers wrongly; null where it is right. */
const faultOf = (name: string, finder: Finder, truth: Int32Array, queries: Float64Array): string | null => {
  for (let i = 0; i < CHECKED; i++) {
    const [found, right] = [finder.find(queries[i] as number), truth[i]]
    if (found !== right) return `${name} finds slot ${found} at frame ${queries[i]}, where ${right} is`
  }
  return null
}

/** Every query's slot, found the slow and obvious way: in the order of their frames. */
const truthOf = ({ base, slots, npages }: Layout, queries: Float64Array): Int32Array => {
  const byBase = Array.from({ length: slots }, (_, i) => i).sort(
    (a, b) => (base[a] as number) - (base[b] as number),
  )
  const order = Array.from(queries.keys()).sort((a, b) => (queries[a] as number) - (queries[b] as number))
  const truth = new Int32Array(queries.length)
  let at = 0
  for (const query of order) {
    const gfn = queries[query] as number
    const ends = (slot: number) => (base[slot] as number) + (npages[slot] as number)
    while (at < slots && ends(byBase[at] as number) <= gfn) at++
    const slot = byBase[at]
    truth[query] = slot !== undefined && (base[slot] as number) <= gfn ? slot : -1
  }
  return truth
}

const differ = (name: string, answers: Int32Array, truth: Int32Array): string | null => {
  const at = answers.findIndex((slot, i) => slot !== truth[i])
  return at < 0 ? null : `${name} finds slot ${answers[at]} for query ${at}, where ${truth[at]} is right`
}

const faultInC = ({ answers }: LookupInC, truth: Int32Array): string | null => {
  const names = ['C red-black tree', 'C red-black tree, last used', 'C sorted array']
  return answers().reduce<string | null>(
    (fault, each, i) => fault ?? differ(names[i] as string, each, truth),
    null,
  )
}

const setup = (name: LayoutName, slots: number, same: number) => {
  const layout = lazily(() => layoutOf(name, slots))
  const queries = lazily(() => queriesOf(layout(), same))
  const index = lazily(() => indexOf(layout()))
  const truth = lazily(() => truthOf(layout(), queries()))
  const directory = lazily(() => index().directory)
  const ownFault = () =>
    differ(
      'the directory',
      Int32Array.from(queries(), gfn => directory().find(gfn)),
      truth(),
    )
  return { layout, queries, index, truth, directory, ownFault }
}

const randomBenchmark = (name: LayoutName, at: number, skipped: string | null): Benchmark => {
  const slots = SIZES[at] as number
  const { layout, queries, truth, directory, ownFault } = setup(name, slots, 0)
  const title = `look-up, ${name}, ${slots}`
  const subject = looking('directory', directory, queries, findLoop(title))
  if (skipped !== null) {
    return {
      name: `${title}: C skipped, ${skipped}`,
      subject,
      unit: 'ns',
      comparisons: [{ peer: null, target: null }],
      check: ownFault,
    }
  }
  const c = lookupInC(layout, queries)
  const comparisons: readonly Comparison[] = [
    {
      peer: c.tree,
      target: atMost(RANDOM[name][at] as number),
      yardstick: { other: c.array, ratio: TREE_BY_ARRAY[name][at] as number },
    },
    {
      peer: c.array,
      ...(name === 'mixed' ? { target: atMost(BY_ARRAY[at] as number), instead: true } : { target: null }),
    },
  ]
  return { name: title, subject, unit: 'ns', comparisons, check: () => ownFault() ?? faultInC(c, truth()) }
}

/** The last used slot in front, as each vCPU keeps it. */
const LAST_USED = `
  const extents = it.columns.extents
  let sum = 0
  let last = 0
  for (let i = from; i < from + count; i++) {
    const gfn = numbers[i]
    const page = gfn - extents[last << 1]
    if (page >= 0 && page < extents[(last << 1) | 1]) sum = (sum + last) | 0
    else {
      const found = it.directory.find(gfn)
      if (found >= 0) last = found
      sum = (sum + found) | 0
    }
  }
  return sum`

const clusteredBenchmark = (at: number, skipped: string | null): Benchmark => {
  const slots = SIZES[at] as number
  const { layout, queries, index, truth, ownFault } = setup('mixed', slots, SAME_SLOT)
  const title = `look-up, clustered, ${slots}`
  const loop = freshLoop<Parameters<typeof looking<ReturnType<typeof index>>>[3]>(
    title,
    ['it', 'numbers', 'from', 'count'],
    LAST_USED,
  )
  const subject = looking('last used, directory', index, queries, loop)
  const check = () => {
    const sum = loop(index(), queries(), 0, queries().length)
    const right = truth().reduce((total, slot) => (total + slot) | 0, 0)
    return ownFault() ?? (sum === right ? null : `with the last used slot the sum is ${sum}, not ${right}`)
  }
  if (skipped !== null) {
    return {
      name: `${title}: C skipped, ${skipped}`,
      subject,
      unit: 'ns',
      comparisons: [{ peer: null, target: null }],
      check,
    }
  }
  const c = lookupInC(layout, queries)
  const comparisons: readonly Comparison[] = [
    { peer: c.treeLastUsed, target: atMost(CLUSTERED[at] as number) },
    {
      peer: c.tree,
      target: null,
      yardstick: { other: c.treeLastUsed, ratio: TREE_BY_LAST_USED[at] as number },
    },
  ]
  return { name: title, subject, unit: 'ns', comparisons, check: () => check() ?? faultInC(c, truth()) }
}

const targetOf = (peer: NpmPeer, at: number): Target | null => {
  if (npmMaps.includes(peer)) return timesFaster(MAPS[at] as number)
  if (peer === npmIntervalTrees.flattenJs) return timesFaster(FLATTEN_JS)
  return peer === npmIntervalTrees.nodeIntervalTree ? timesFaster(NODE_INTERVAL_TREE) : null
}

const npmBenchmark = (at: number): Benchmark => {
  const slots = SIZES[at] as number
  const { layout, queries, truth, directory, ownFault } = setup('mixed', slots, 0)
  const title = `look-up, npm, ${slots}`
  const all = [...npmMaps, ...Object.values(npmIntervalTrees)]
  const peers = all.filter(isInstalled).map(peer => ({ peer, finder: lazily(() => peer.build(layout())) }))
  const absent = all.filter(peer => !isInstalled(peer)).map(({ name }) => name)
  return {
    name: absent.length === 0 ? title : `${title}: not installed: ${absent.join(', ')}`,
    subject: looking('directory', directory, queries, findLoop(title)),
    unit: 'ns',
    comparisons: [
      ...(peers.length === 0 ? [{ peer: null, target: null }] : []),
      ...peers.map(({ peer, finder }) => ({
        peer: looking(peer.name, finder, queries, findLoop(`${title}, ${peer.name}`)),
        target: targetOf(peer, at),
      })),
    ],
    check: () =>
      peers.reduce<string | null>(
        (fault, { peer, finder }) => fault ?? faultOf(peer.name, finder(), truth(), queries()),
        ownFault(),
      ),
  }
}

/** Which slot holds a frame: the directory against C and against libraries. */
export const lookupBenchmarks = (): readonly Benchmark[] => {
  const skipped = missingNative()
  return [
    ...LAYOUT_NAMES.flatMap(name => SIZES.map((_, at) => randomBenchmark(name, at, skipped))),
    ...SIZES.map((_, at) => clusteredBenchmark(at, skipped)),
    ...SIZES.map((_, at) => npmBenchmark(at)),
  ]
}
