import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { decodeJson } from '../../oracle/wire/decode.js'
import { type BenchName, BenchReportCodec, isBenchName, renderBench, runBenchmarks } from './index.js'
import { ratioSpread, spreadOf } from './spread.js'
import { judgeTarget } from './verdict.js'

/** Benchmarks of slots have a test of their own: sets of 32764 slots take too long here. */
const QUICK: readonly BenchName[] = ['rewrite', 'set', 'check', 'walk']

describe('a run of benchmarks', () => {
  it('reports a row for every comparison, in a shape its codec reads back', async () => {
    const seen: number[] = []
    const report = await runBenchmarks(QUICK, {
      rounds: 2,
      milliseconds: 0.01,
      onProgress: ({ done }) => seen.push(done),
    })
    const decoded = decodeJson(BenchReportCodec, JSON.stringify(BenchReportCodec.encode(report)), {
      file: 'report',
      line: null,
    })
    expect(isRight(decoded) && decoded.right).toEqual(report)
    expect(report.rows.map(row => row.remark)).toEqual(report.rows.map(() => undefined)) // every check passed
    expect(report.rows.every(row => row.value !== null && row.rounds === 2)).toBe(true)
    expect(new Set(report.rows.map(row => row.verdict))).toEqual(new Set(['inconclusive', null]))
    expect(seen).toEqual(seen.map((_, i) => i + 1))
    expect(renderBench(report, { color: false }).split('\n')).toHaveLength(report.rows.length + 7)
  })

  it('ends at once where it is interrupted, and times nothing', async () => {
    const { rows } = await runBenchmarks(['set'], { stop: AbortSignal.abort() })
    expect(rows).toEqual([])
  })

  it('knows its benchmarks by name', () => {
    expect([isBenchName('rewrite'), isBenchName('toString')]).toEqual([true, false])
  })
})

describe('a verdict', () => {
  const ratio = { of: 'ratio', atMost: 1 } as const

  it('is reached where the 75th percentile meets the target', () => {
    expect(judgeTarget(ratio, { low: 0.8, median: 0.9, high: 1 }, 9)).toBe('reached')
  })
  it('is within noise where only the median does', () => {
    expect(judgeTarget(ratio, { low: 0.8, median: 0.9, high: 1.1 }, 9)).toBe('within-noise')
  })
  it('is missed where the median does not', () => {
    expect(judgeTarget(ratio, { low: 0.8, median: 1.01, high: 1.1 }, 9)).toBe('missed')
  })
  it('is inconclusive after fewer than nine rounds, and where nothing could be measured', () => {
    expect(judgeTarget(ratio, { low: 0.1, median: 0.1, high: 0.1 }, 8)).toBe('inconclusive')
    expect(judgeTarget(ratio, spreadOf([]), 9)).toBe('inconclusive')
  })
  it('on a minimal rate is the same as on a maximal time', () => {
    const rate = { of: 'rate', atLeast: 1e6 } as const
    expect(judgeTarget(rate, { low: 900, median: 950, high: 1000 }, 9)).toBe('reached')
    expect(judgeTarget(rate, { low: 900, median: 1001, high: 1100 }, 9)).toBe('missed')
  })
})

describe('a spread', () => {
  it('is median and quartiles, interpolated', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ low: 1.75, median: 2.5, high: 3.25 })
    expect(spreadOf([7])).toEqual({ low: 7, median: 7, high: 7 })
  })
  it('of ratios is of times measured in the same round', () => {
    expect(ratioSpread([2, 40, 6], [1, 20, 3])).toEqual({ low: 2, median: 2, high: 2 })
  })
})
