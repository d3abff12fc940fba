import { checkTrace, headerOf, type Trace, type TraceRecord } from '../../../oracle/index.js'
import type { Operation } from '../../../spec/terms/operation.js'
import type { Target } from '../../reports/bench/codec.js'
import { recordsOf } from '../../targets/in-process.js'
import { specTarget } from '../../targets/spec.js'
import type { Benchmark } from '../benchmark.js'
import type { Contender } from '../contender.js'
import { mixShares, program, spread } from './machine.js'

const SHORT = 500
const LONG = 8 * SHORT
const TWENTY = 20

const traceOf = (records: readonly TraceRecord[]): Trace => ({
  header: headerOf({}),
  lines: [...records, { ev: 'end' } as TraceRecord].map((record, i) => ({ line: i + 2, record })),
})

/**
 * What the specification itself answers to operations of so many threads. Each thread begins one, all of them take
 * effect in the order in which they began, and the first to begin is the last to return.
 */
const answered = (operations: readonly Operation[], threads: number): Trace => {
  const vm = specTarget.now.open({})
  const records: TraceRecord[] = []
  for (let first = 0; first < operations.length; first += threads) {
    const round = operations
      .slice(first, first + threads)
      .map((operation, tid) => recordsOf(first + tid + 1, tid, operation, vm.perform(operation)))
    records.push(...round.map(([begins]) => begins as TraceRecord)) // an operation begins and ends
    records.push(...round.toReversed().flatMap(([, ...ends]) => ends))
  }
  return traceOf(records)
}

/** So many calls of the mix, on a machine that is made first. */
const mixed = (calls: number): Trace => answered([...program, ...spread(mixShares, calls)], 1)

/** A VM from its making on: slots and a vCPU, and then what the mix has. */
const young = (threads: number): Trace => {
  const making = program.slice(0, 4)
  const vcpu: Operation = { op: 'create-vcpu', vcpu: 0 }
  return answered([...making, vcpu, ...spread(mixShares, TWENTY - making.length - 1)], threads)
}

/** Checks a trace from the start again and again. Its time is given for one of so many pieces of it. */
const checking = (name: string, trace: Trace, pieces: number): Contender => ({
  name,
  pieces,
  run: times => {
    let checked = 0
    for (let i = 0; i < times; i++) checked += checkTrace(trace).calls
    return checked
  },
})

const conforming = (trace: Trace, width: (width: number) => boolean) => (): string | null => {
  const verdict = checkTrace(trace)
  if (verdict.is !== 'conforms') return `the trace ${verdict.is}: ${verdict.remarks.join()}`
  return width(verdict.width) ? null : `${verdict.width} machines explain the trace at its widest`
}

/** Whole traces of twenty calls, from the first machine to the verdict. */
const twenty = (name: string, threads: number, target: Target | null): Benchmark => {
  const trace = young(threads)
  return {
    name: `check, ${TWENTY} calls ${name}`,
    subject: checking(`a trace, up to ${checkTrace(trace).width} machines`, trace, 1),
    unit: '/s',
    comparisons: [{ peer: null, target }],
    check: conforming(trace, width => width > 1 === threads > 1),
  }
}

/** The oracle must never be worse than linear in the trace: a call costs no more in a trace eight times as long. */
export const checkBenchmarks = (): readonly Benchmark[] => {
  const [short, long] = [mixed(SHORT), mixed(LONG)]
  return [
    {
      name: 'check',
      subject: checking(`a call of ${LONG}`, long, LONG),
      unit: '/s',
      comparisons: [
        { peer: checking(`a call of ${SHORT}`, short, SHORT), target: { of: 'ratio', atMost: 1.3 } },
      ],
      check: conforming(long, width => width === 1),
    },
    twenty('of one thread', 1, { of: 'rate', atLeast: 10_000 }),
    twenty('of two threads at once', 2, { of: 'rate', atLeast: 3_000 }),
    // For the reader to compare: every order of four must be thought of.
    twenty('of four threads at once', 4, null),
  ]
}
