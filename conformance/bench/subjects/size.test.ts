import { expect, it } from 'vitest'
import { sizeBenchmarks } from './size.js'

it('what many cost is measured of checks, audits, the specification and the implementation, each right at its fewest', () => {
  const benchmarks = sizeBenchmarks([2, 20])
  expect(benchmarks.map(({ name }) => name)).toHaveLength(10)
  expect(benchmarks.map(({ check }) => check())).toEqual(benchmarks.map(() => null))
  // Where the system counts processor time in large steps, two may take none.
  for (const { subject } of benchmarks)
    expect('tells' in subject && subject.tells()).toBeGreaterThanOrEqual(0)
})
