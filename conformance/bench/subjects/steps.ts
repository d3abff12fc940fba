import { identity, naiveStep, type Relation, type Successor, step } from '../../../spec/rewrite/index.js'
import type { Cells } from '../../../spec/terms/cells.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Benchmark } from '../benchmark.js'
import { contender } from '../contender.js'
import { calling, machine, mixShares, relation, setShares, spread } from './machine.js'
import { setByHand } from './set-by-hand.js'

type Step = (rel: Relation<Cells>, cells: Cells) => readonly Successor<Cells>[]

/** Steps as a checker makes them: the machine stays, the call is laid into fresh cells each time. */
const stepping = (name: string, by: Step, labels: readonly Operation[]) =>
  contender(name, labels, call => by(relation, calling(machine, call)).length)

const outcome = (successors: readonly Successor<Cells>[]): string =>
  successors.map(({ rule, cells }) => `${rule.id} ${identity(cells)}`).join()

const distinct = (labels: readonly Operation[]): readonly Operation[] => [...new Set(labels)]

/** The whole mix: how many rewrites a second, and against the rules read literally. */
const mixBenchmark = (): Benchmark => {
  const labels = spread(mixShares)
  return {
    name: 'step, mix of calls',
    subject: stepping('compiled', step, labels),
    unit: '/s',
    comparisons: [
      { peer: null, target: { of: 'rate', atLeast: 1e6 } },
      { peer: stepping('naive', naiveStep, labels), target: null },
    ],
    check: () => {
      for (const call of distinct(labels)) {
        const successors = step(relation, calling(machine, call))
        if (successors.length !== 1)
          return `${call.op} has ${successors.length} successors, and a step should be one rewrite`
        if (outcome(successors) !== outcome(naiveStep(relation, calling(machine, call))))
          return `compiled and naive disagree on ${call.op}`
      }
      return null
    },
  }
}

/** Calls of one slot, against the same rules written out by hand: what rules as data cost. */
const setBenchmark = (): Benchmark => {
  const labels = spread(setShares)
  return {
    name: 'step, set',
    subject: stepping('compiled', step, labels),
    unit: '/s',
    comparisons: [
      { peer: null, target: { of: 'rate', atLeast: 1e6 } },
      {
        peer: contender('written out by hand', labels, call =>
          setByHand(calling(machine, call)) === null ? 0 : 1,
        ),
        target: null,
      },
    ],
    check: () => {
      for (const call of distinct(labels)) {
        const [successor] = step(relation, calling(machine, call))
        const byHand = setByHand(calling(machine, call))
        if (successor === undefined || identity(successor.cells) !== identity(byHand))
          return `the rules and the code by hand disagree on ${identity(call)}`
      }
      return null
    },
  }
}

export const stepBenchmarks = (): readonly Benchmark[] => [mixBenchmark(), setBenchmark()]
