import { isMatching, type P } from 'ts-pattern'
import { allRules, compilePattern } from '../../../spec/index.js'
import type { Cells } from '../../../spec/terms/cells.js'
import { ended } from '../../../spec/terms/result.js'
import type { Benchmark } from '../benchmark.js'
import { contender } from '../contender.js'
import { calling, machine, mixShares, spread } from './machine.js'

interface Question {
  readonly compiled: (value: unknown) => boolean
  readonly library: (value: unknown) => boolean
  readonly value: Cells
}

/** Every pattern that a rule has, once. */
const patterns: readonly unknown[] = [
  ...new Map(allRules.map(({ match }) => [JSON.stringify(match), match])).values(),
]

/** The patterns in turn, each asked about cells with a call and about cells with an answer. */
const questions = (): readonly Question[] => {
  const tests = patterns.map(pattern => ({
    compiled: compilePattern(pattern).test,
    library: isMatching(pattern as P.Pattern<unknown>),
  }))
  return spread(mixShares).map((call, i) => {
    const test = tests[i % tests.length] as (typeof tests)[number] // the index is below the length
    const answered: Cells = { ...machine, returned: ended('mmio'), seen: { is: 'access', end: 'mmio' } }
    return { ...test, value: i % 3 === 0 ? answered : calling(machine, call) }
  })
}

/** One object pattern: compiled once, and through the library each time. */
export const patternBenchmark = (): Benchmark => {
  const all = questions()
  return {
    name: 'one pattern',
    subject: contender('compiled', all, ({ compiled, value }) => (compiled(value) ? 1 : 0)),
    unit: 'ns',
    comparisons: [
      { peer: null, target: { of: 'time', atMost: 100 } },
      {
        peer: contender('ts-pattern', all, ({ library, value }) => (library(value) ? 1 : 0)),
        target: null,
      },
    ],
    check: () => {
      const matched = all.filter(({ compiled, value }) => compiled(value)).length
      if (matched === 0 || matched === all.length) return 'the patterns do not tell values apart'
      return all.every(({ compiled, library, value }) => compiled(value) === library(value))
        ? null
        : 'compiled and ts-pattern disagree'
    },
  }
}
