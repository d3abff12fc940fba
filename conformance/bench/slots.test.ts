import { describe, expect, it } from 'vitest'
import type { Benchmark } from './benchmark.js'
import { missingNative } from './peers/native.js'
import { crowded, LAYOUT_NAMES, layoutOf, SIZES } from './slots/layout.js'
import { traceOf } from './slots/trace.js'
import { hvaBenchmarks } from './subjects/hva.js'
import { lookupBenchmarks } from './subjects/lookup.js'
import { updateBenchmarks } from './subjects/update.js'
import { isAsExpected, judgeSize } from './verdict.js'

/** Those of few slots; the others are checked when they are run. */
const small = (benchmarks: readonly Benchmark[]) => benchmarks.filter(({ name }) => /, 64(:|$)/.test(name))

const skipped = missingNative()

describe('benchmarks of slots', () => {
  it.each(small([...lookupBenchmarks(), ...hvaBenchmarks(), ...updateBenchmarks()]))(
    'are right before they are timed: $name',
    ({ check, comparisons, subject }) => {
      expect(check()).toBeNull()
      for (const one of [subject, ...comparisons.flatMap(({ peer }) => peer ?? [])]) {
        expect('run' in one && Number.isInteger(one.run(1))).toBe(true)
      }
    },
  )

  it.skipIf(skipped !== null)('hold every row of the table against a peer in C or from npm', () => {
    const named = (benchmarks: readonly Benchmark[]) =>
      benchmarks.flatMap(({ comparisons }) =>
        comparisons.flatMap(({ target }) => (target === null ? [] : [target])),
      )
    // 15 random, 5 of them once more against the array; 5 clustered; 5 sizes against three maps and two trees.
    expect(named(lookupBenchmarks())).toHaveLength(15 + 5 + 5 + 25)
    expect(named(hvaBenchmarks())).toHaveLength(10)
  })
})

describe('a layout of slots', () => {
  it.each(LAYOUT_NAMES.flatMap(name => SIZES.map(slots => ({ name, slots }))))(
    '$name, $slots: has no two slots in one place',
    ({ name, slots }) => {
      const { base, npages } = layoutOf(name, slots)
      const order = Array.from(base.keys()).sort((a, b) => base[a]! - base[b]!)
      expect(
        order.findIndex((slot, i) => i > 0 && base[order[i - 1]!]! + npages[order[i - 1]!]! > base[slot]!),
      ).toBe(-1)
    },
  )

  it('that is skewed has as many slots as were asked for', () => {
    expect(new Set(crowded(1000).base).size).toBe(1000)
  })
})

describe('a trace of changes', () => {
  it('names no slot twice in a batch', () => {
    const { changes, entries, count } = traceOf('move', 512, 64)
    for (let from = 0; from < count; from += entries) {
      const ids = Array.from({ length: entries }, (_, i) => changes[4 * (from + i)])
      expect(new Set(ids).size).toBe(entries)
    }
  })
})

describe('a verdict', () => {
  it('on a size is reached or missed', () => {
    const target = { of: 'size', atMost: 400 } as const
    expect([judgeSize(target, 400), judgeSize(target, 401)]).toEqual(['reached', 'missed'])
  })

  it('is inconclusive unless peers compare as where the target was set: to a factor of two, and in the same order', () => {
    expect([isAsExpected(3, 6), isAsExpected(3, 6.1), isAsExpected(12, 6), isAsExpected(12.1, 6)]).toEqual([
      true,
      false,
      true,
      false,
    ])
    expect([isAsExpected(1.2, 0.8), isAsExpected(0.9, 0.8)]).toEqual([false, true])
  })
})
