import type { Benchmark } from '../benchmark.js'
import type { Contender } from '../contender.js'
import { lazily } from '../lazily.js'
import { missingNative } from '../peers/native.js'
import { updatesInC } from '../peers/updates-in-c.js'
import { SIZES } from '../slots/layout.js'
import { type TraceKind, traceOf } from '../slots/trace.js'
import { spanBenchmark } from './slots/span.js'
import { TwoSets } from './slots/two-sets.js'

const ONE_SLOT = 2.2
const MANY_SLOTS = 1.2
const BATCHES = [64, 512] as const

interface Asked {
  readonly kind: TraceKind
  readonly slots: number
  readonly entries: number
  /** Host pages and ids as well: what the kernel keeps. */
  readonly whole: boolean
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((x, i) => x === b[i])

/** A batch made in one set, published, and made again in the other; the time of one change. */
const updating = ({ kind, slots, entries, whole }: Asked, skipped: string | null): Benchmark => {
  const trace = lazily(() => traceOf(kind, slots, entries))
  const sets = lazily(() => new TwoSets(trace(), whole))
  const subject: Contender = {
    name: whole ? 'two sets: trees, directory, numbers' : 'two sets: tree, directory',
    pieces: entries,
    run: times => sets().run(times),
  }
  const what = entries === 1 ? kind : `batch of ${entries}`
  const title = `update, ${whole ? 'frames, host pages, ids' : 'frames'}, ${what}, ${slots}`
  const ownFault = () => {
    const once = new TwoSets(trace(), whole)
    const before = once.ids(0)
    once.run(trace().count / entries)
    if (once.overlaps > 0) return `${once.overlaps} slots were placed where others are`
    return same(once.ids(0), before) && same(once.ids(1), before)
      ? null
      : 'a trace that should undo itself does not'
  }
  if (skipped !== null)
    return {
      name: `${title}: C skipped, ${skipped}`,
      subject,
      unit: 'ns',
      comparisons: [{ peer: null, target: null }],
      check: ownFault,
    }
  const c = updatesInC(trace, whole)
  return {
    name: title,
    subject,
    unit: 'ns',
    comparisons: [
      {
        peer: { ...c.contender, pieces: entries },
        target: { of: 'ratio', atMost: entries === 1 ? ONE_SLOT : MANY_SLOTS },
      },
    ],
    check: () => {
      const fault = ownFault()
      if (fault !== null) return fault
      const { sets: found, overlaps } = c.once()
      const right = new TwoSets(trace(), whole).ids(0)
      return overlaps === 0 && found.every(ids => same(ids, right))
        ? null
        : 'C and the directory end with other slots'
    },
  }
}

/** Changing slots: one, or many at once, in two sets, against trees in C that are kept in the same way. */
export const updateBenchmarks = (): readonly Benchmark[] => {
  const skipped = missingNative()
  const all = [false, true].flatMap(whole => [
    ...SIZES.flatMap(slots =>
      (['create and delete', 'move'] as const).map(kind => ({ kind, slots, entries: 1, whole })),
    ),
    ...BATCHES.flatMap(entries =>
      SIZES.filter(slots => slots >= 8 * entries || slots === 4096).map(slots => ({
        kind: 'move' as const,
        slots,
        entries,
        whole,
      })),
    ),
  ])
  return [...all.map(asked => updating(asked, skipped)), spanBenchmark()]
}
