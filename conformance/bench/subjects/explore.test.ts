import { describe, expect, it } from 'vitest'
import type { OutOfProcess } from '../contender.js'
import { measure } from '../measure.js'
import { exploreBenchmarks } from './explore.js'

describe('the explorer', () => {
  const benchmarks = exploreBenchmarks()

  it.each(benchmarks.map(b => [b.name, b] as const))('%s is right before it is timed', (_, { check }) => {
    expect(check()).toBeNull()
  })

  it('has targets: transitions a second, with and without properties, and a fifth of Maude’s time', () => {
    const targets = benchmarks.flatMap(b => b.comparisons.flatMap(({ target }) => target ?? []))
    expect(targets.filter(({ of }) => of === 'rate')).toHaveLength(3)
    for (const target of targets) expect(target.of === 'ratio' ? target.atMost : 1 / 5).toBe(1 / 5)
  })
})

describe('a contender in a process of its own', () => {
  it('is asked once a round, and is not warmed up', async () => {
    let asked = 0
    const peer: OutOfProcess = { name: 'peer', tells: () => 1000 * ++asked }
    const options = { rounds: 3, milliseconds: 0.01, onRound: () => {}, stop: new AbortController().signal }
    expect(await measure([peer], options)).toEqual([[1000, 2000, 3000]])
  })
})
