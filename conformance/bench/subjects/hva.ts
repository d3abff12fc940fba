import { IntervalTree } from '../../../impl/memslots/interval-tree/index.js'
import type { Benchmark } from '../benchmark.js'
import { freshLoop } from '../fresh-loop.js'
import { lazily } from '../lazily.js'
import { hvasInC } from '../peers/hvas-in-c.js'
import { missingNative } from '../peers/native.js'
import { BLOCK } from '../peers/slots-in-c.js'
import { type HvaLayout, hvaLayoutOf } from '../slots/hva-layout.js'
import { SIZES } from '../slots/layout.js'

/** The most a query may take of one in C's interval tree, by `SIZES`. */
const BY_TREE = [2.3, 2.3, 2.3, 1.5, 1] as const

const treeOf = ({ hva, npages, slots }: HvaLayout): IntervalTree => {
  const tree = IntervalTree.create()
  for (let i = 0; i < slots; i++) {
    const start = hva[i] as number
    tree.insert(start, start + (npages[i] as number) - 1, i)
  }
  return tree
}

type Loop = (it: IntervalTree, layout: HvaLayout, into: Int32Array, from: number, count: number) => number

const queryLoop = (candidate: string): Loop =>
  freshLoop(
    candidate,
    ['it', 'layout', 'into', 'from', 'count'],
    `const { first, pages } = layout
     let sum = 0
     for (let i = from; i < from + count; i++) {
       const found = it.collect(first[i], first[i] + pages[i] - 1, into)
       for (let k = 0; k < found; k++) sum = (sum + 1 + into[k]) | 0
     }
     return sum`,
  )

/** Queries put to every slot, one after the other, for checking. */
const CHECKED = 500

const bySearching = ({ hva, npages, first, pages, slots }: HvaLayout, query: number): number => {
  let sum = 0
  const start = first[query] as number
  const last = start + (pages[query] as number) - 1
  for (let i = 0; i < slots; i++) {
    const own = hva[i] as number
    if (own <= last && own + (npages[i] as number) > start) sum += 1 + i
  }
  return sum | 0
}

const hvaBenchmark = (aliases: boolean, at: number, skipped: string | null): Benchmark => {
  const slots = SIZES[at] as number
  const title = `hva, ${aliases ? 'one in ten an alias, one long' : 'disjoint'}, ${slots}`
  const layout = lazily(() => hvaLayoutOf(slots, aliases))
  const tree = lazily(() => treeOf(layout()))
  const into = new Int32Array(4096)
  const loop = queryLoop(title)
  let from = 0
  const subject = {
    name: 'interval tree',
    pieces: BLOCK,
    run: (times: number) => {
      let sum = 0
      for (let i = 0; i < times; i++) {
        sum = (sum + loop(tree(), layout(), into, from, BLOCK)) | 0
        from = (from + BLOCK) % layout().first.length
      }
      return sum
    },
  }
  const ownFault = () => {
    for (let i = 0; i < CHECKED; i++) {
      const [found, right] = [loop(tree(), layout(), into, i, 1), bySearching(layout(), i)]
      if (found !== right) return `query ${i} finds slots that add up to ${found}, not ${right}`
    }
    return null
  }
  if (skipped !== null) {
    return {
      name: `${title}: C skipped, ${skipped}`,
      subject,
      unit: 'ns',
      comparisons: [{ peer: null, target: null }],
      check: ownFault,
    }
  }
  const c = hvasInC(layout)
  return {
    name: title,
    subject,
    unit: 'ns',
    comparisons: [{ peer: c.contender, target: { of: 'ratio', atMost: BY_TREE[at] as number } }],
    check: () => {
      const fault = ownFault()
      if (fault !== null) return fault
      const wrong = c.answers().findIndex((sum, i) => sum !== loop(tree(), layout(), into, i, 1))
      return wrong < 0 ? null : `C answers query ${wrong} otherwise`
    },
  }
}

/** Which slots lie on host pages, half the queries for one page and half for 512: against an interval tree in C. */
export const hvaBenchmarks = (): readonly Benchmark[] => {
  const skipped = missingNative()
  return [false, true].flatMap(aliases => SIZES.map((_, at) => hvaBenchmark(aliases, at, skipped)))
}
