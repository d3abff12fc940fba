import { checkTrace, headerOf, type Trace, type TraceRecord } from '../../../oracle/index.js'
import { recordsOf } from '../../targets/in-process.js'
import { specTarget } from '../../targets/spec.js'
import type { Benchmark } from '../benchmark.js'
import type { Contender } from '../contender.js'
import { mixShares, program, spread } from './machine.js'

const SHORT = 500
const LONG = 8 * SHORT

/** What the specification itself answers to so many calls of the mix. */
const traceOf = (calls: number): Trace => {
  const vm = specTarget.now.open({})
  const records = [...program, ...spread(mixShares, calls)].flatMap((operation, i): readonly TraceRecord[] =>
    recordsOf(i + 1, 1, operation, vm.perform(operation)),
  )
  return {
    header: headerOf({}),
    lines: [...records, { ev: 'end' } as TraceRecord].map((record, i) => ({ line: i + 2, record })),
  }
}

/** Checks a trace from the start again and again; its time is told for one call of the trace. */
const checking = (name: string, trace: Trace, calls: number): Contender => ({
  name,
  pieces: calls,
  run: times => {
    let checked = 0
    for (let i = 0; i < times; i++) checked += checkTrace(trace).calls
    return checked
  },
})

/** The oracle must never be worse than linear in the trace: a call costs no more in a trace eight times as long. */
export const checkBenchmarks = (): readonly Benchmark[] => {
  const [short, long] = [traceOf(SHORT), traceOf(LONG)]
  return [
    {
      name: 'check',
      subject: checking(`a call of ${LONG}`, long, LONG),
      unit: '/s',
      comparisons: [
        { peer: checking(`a call of ${SHORT}`, short, SHORT), target: { of: 'ratio', atMost: 1.3 } },
      ],
      check: () => {
        const verdict = checkTrace(long)
        return verdict.is === 'conforms' ? null : `the trace ${verdict.is}: ${verdict.remarks.join()}`
      },
    },
  ]
}
