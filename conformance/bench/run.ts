import type { BenchReport, BenchRow, Spread } from '../reports/bench/codec.js'
import type { Benchmark, Comparison, Count } from './benchmark.js'
import type { Contender } from './contender.js'
import { environment } from './environment.js'
import { measure } from './measure.js'
import { ratioSpread, spreadOf } from './spread.js'
import { auditBenchmarks } from './subjects/audit.js'
import { checkBenchmarks } from './subjects/check.js'
import { dirtyBenchmarks } from './subjects/dirty.js'
import { exploreBenchmarks } from './subjects/explore.js'
import { hvaBenchmarks } from './subjects/hva.js'
import { kvmBenchmarks } from './subjects/kvm.js'
import { lookupBenchmarks } from './subjects/lookup.js'
import { memoryBenchmarks } from './subjects/memory.js'
import { rewriteBenchmarks } from './subjects/rewrite.js'
import { setBenchmarks } from './subjects/set.js'
import { sizeBenchmarks } from './subjects/size.js'
import { threadsBenchmarks } from './subjects/threads.js'
import { updateBenchmarks } from './subjects/update.js'
import { walkBenchmarks } from './subjects/walk.js'
import { isAsExpected, judgeSize, judgeTarget, MIN_ROUNDS } from './verdict.js'

/** Benchmarks by name. Each is a function, so that nothing is built for one that is not asked for. */
const BENCHMARKS = {
  rewrite: rewriteBenchmarks,
  set: setBenchmarks,
  check: checkBenchmarks,
  threads: threadsBenchmarks,
  lookup: lookupBenchmarks,
  update: updateBenchmarks,
  hva: hvaBenchmarks,
  dirty: dirtyBenchmarks,
  memory: memoryBenchmarks,
  walk: walkBenchmarks,
  explore: exploreBenchmarks,
  audit: auditBenchmarks,
  size: sizeBenchmarks,
  kvm: kvmBenchmarks,
} satisfies Readonly<Record<string, () => readonly (Benchmark | Count)[]>>

export type BenchName = keyof typeof BENCHMARKS
export const benchNames = Object.keys(BENCHMARKS) as readonly BenchName[]
export const isBenchName = (name: string): name is BenchName => Object.hasOwn(BENCHMARKS, name)

export interface BenchProgress {
  readonly name: string
  readonly done: number
  readonly total: number
}

export interface BenchOptions {
  /** Rounds after warming up; with fewer than 9 every verdict is `inconclusive`. */
  readonly rounds?: number
  /** How long each contender works in each round, at least. */
  readonly milliseconds?: number
  readonly onProgress?: (progress: BenchProgress) => void
  /** Aborted to end the run; what was measured by then is reported. */
  readonly stop?: AbortSignal
}

/** JSON has no number for what was not measured. */
const finite = (n: number): number | null => (Number.isFinite(n) ? n : null)
const inUnit = (unit: Benchmark['unit'], ns: number): number => (unit === 'ns' ? ns : 1e9 / ns)
/** Rates run against times: the upper quartile of one is the lower of the other. */
const shown = (unit: Benchmark['unit'], { low, median, high }: Spread): Spread =>
  unit === 'ns' ? { low, median, high } : { low: 1e9 / high, median: 1e9 / median, high: 1e9 / low }

/** What is measured, and the name under which it is asked for. */
type Asked<A> = A & { readonly bench: BenchName }

const isCount = <B>(one: B & (Benchmark | Count)): one is B & Count => 'count' in one

type RowYardstick = NonNullable<BenchRow['yardstick']>

/** The ratio of a comparison's peer to the peer of its yardstick. */
const yardstickOf = (
  { yardstick }: Comparison,
  peer: readonly number[] | null,
  timesOf: (other: Contender) => readonly number[] | null,
): RowYardstick | null => {
  const other = yardstick === undefined ? null : timesOf(yardstick.other)
  if (yardstick === undefined || peer === null || other === null) return null
  const ratio = ratioSpread(peer, other).median
  if (!Number.isFinite(ratio)) return null
  const expected = yardstick.ratio
  return { other: yardstick.other.name, ratio, expected, holds: isAsExpected(ratio, expected) }
}

const rowOf = (
  { bench, name, subject, unit }: Asked<Benchmark>,
  { peer, target }: Comparison,
  own: readonly number[],
  others: readonly number[] | null,
): BenchRow => {
  const times = spreadOf(own)
  const ratio = others === null ? null : ratioSpread(own, others)
  const spread = ratio ?? shown(unit, times)
  return {
    bench,
    name,
    subject: subject.name,
    value: finite(inUnit(unit, times.median)),
    unit,
    peer: peer?.name ?? null,
    ratio: ratio === null ? null : finite(ratio.median),
    spread: Number.isFinite(spread.median) ? spread : null,
    target,
    verdict:
      target === null
        ? null
        : judgeTarget(target, target.of === 'ratio' ? (ratio ?? times) : times, own.length),
    rounds: own.length,
  }
}

/** A line for each comparison of a benchmark, from the times of its subject and of its peers. */
const rowsOf = (
  benchmark: Asked<Benchmark>,
  own: readonly number[],
  timesOf: (peer: Contender) => readonly number[] | null,
): readonly BenchRow[] => {
  const measured = benchmark.comparisons.map(comparison => {
    const others = comparison.peer === null ? null : timesOf(comparison.peer)
    const row = rowOf(benchmark, comparison, own, others)
    return { comparison, row, yardstick: yardstickOf(comparison, others, timesOf) }
  })
  const allHold = measured.every(({ yardstick }) => yardstick?.holds ?? true)
  return measured.map(({ comparison, row, yardstick }) => ({
    ...row,
    ...(yardstick === null ? {} : { yardstick }),
    ...(yardstick?.holds === false && { verdict: 'inconclusive' as const }),
    ...(comparison.instead === true && allHold && { verdict: null }),
  }))
}

const countRow = ({ bench, name, subject, unit, target, count }: Asked<Count>): BenchRow => {
  const value = count()
  return {
    bench,
    name,
    subject,
    value,
    unit,
    peer: null,
    ratio: null,
    spread: null,
    target,
    verdict: target === null ? null : judgeSize(target, value),
    rounds: 1,
  }
}

const wrong = (
  { bench, name, subject, unit }: Asked<Benchmark>,
  { peer, target }: Comparison,
  remark: string,
): BenchRow => ({
  bench,
  name,
  subject: subject.name,
  value: null,
  unit,
  peer: peer?.name ?? null,
  ratio: null,
  spread: null,
  target,
  verdict: 'inconclusive',
  rounds: 0,
  remark,
})

/** Runs the named benchmarks one after the other, and the subject and peers of each side by side. */
export const runBenchmarks = async (
  names: readonly BenchName[],
  {
    rounds = MIN_ROUNDS,
    milliseconds = 20,
    onProgress = () => {},
    stop = new AbortController().signal,
  }: BenchOptions = {},
): Promise<BenchReport> => {
  const where = environment()
  const benchmarks = names.flatMap(bench =>
    BENCHMARKS[bench]().map((one): Asked<Benchmark | Count> => ({ bench, ...one })),
  )
  const total = benchmarks.length * rounds
  const rows: BenchRow[] = []
  for (const [i, benchmark] of benchmarks.entries()) {
    if (stop.aborted) break
    const { name } = benchmark
    if (isCount(benchmark)) {
      rows.push(countRow(benchmark))
      continue
    }
    const { subject, comparisons } = benchmark
    const remark = benchmark.check()
    if (remark !== null) {
      rows.push(...comparisons.map(comparison => wrong(benchmark, comparison, remark)))
      continue
    }
    const peers = [
      ...new Set(comparisons.flatMap(({ peer, yardstick }) => [peer ?? [], yardstick?.other ?? []].flat())),
    ]
    const [own = [], ...others] = await measure([subject, ...peers], {
      rounds,
      milliseconds,
      stop,
      onRound: round => onProgress({ name, done: i * rounds + round, total }),
    })
    rows.push(...rowsOf(benchmark, own, peer => others[peers.indexOf(peer)] ?? null))
  }
  return { schema: 'memslot-bench', version: 1, environment: where, rows }
}
