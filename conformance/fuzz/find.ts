import type { FuzzDeviation } from '../reports/fuzz/codec.js'
import { canBeAsked } from './askable.js'
import { type Failing, judge } from './judge-run.js'
import { type FailsAt, reduce, type Specimen } from './reduce/reduce.js'
import type { Ran, Runner } from './run.js'
import type { Stage } from './world.js'
import { explain, traceOf } from './write-trace.js'

/** A failure as it was met: in which sequence, after how many milliseconds, and the sequence up to it. */
export interface Found {
  readonly sequence: number
  readonly ms: number
  readonly failing: Failing
  readonly specimen: Specimen
  readonly ran: Ran
}

/** How much is spent on making one failure small. */
export interface Effort {
  readonly runs: number
  readonly ms: number
}

interface Context {
  readonly stage: Stage
  readonly seed: number
  readonly runner: Runner
  readonly effort: Effort
  readonly stop: AbortSignal
  /** Called with every other way to fail that is met while reducing. */
  readonly onOther: (failing: Failing, specimen: Specimen, ran: Ran) => void
}

export const upTo = ({ config, ops }: Specimen, at: number): Specimen => ({
  config,
  ops: ops.slice(0, at + 1),
})

const runAndJudge = async (runner: Runner, { config, ops }: Specimen) => {
  const ran = await runner.run(config, ops)
  return ran === null ? null : { ran, failing: judge(config, ops, ran, null) }
}

/** Runs it on a fresh session. */
const runAlone = async (runner: Runner, specimen: Specimen) => {
  await runner.renew()
  return runAndJudge(runner, specimen)
}

/** A failure as it was met, described before it is made small. */
export const asFound = (
  { sequence, ms, failing, specimen, ran }: Found,
  { stage, seed }: Pick<Context, 'stage' | 'seed'>,
): FuzzDeviation => ({
  seed,
  sequence,
  signature: failing.signature,
  times: 1,
  config: specimen.config,
  operations: specimen.ops,
  explanation: explain(specimen.config, specimen.ops, ran),
  trace: traceOf(stage.hello, specimen.config, specimen.ops, ran),
  found: specimen.ops.length,
  reduced: specimen.ops.length,
  minimal: false,
  reproduced: false,
  ms,
})

/**
 * Makes a failure small and describes it. It is run on a fresh session before and after: one that depends on what
 * earlier sequences did cannot be reduced, and the report says so.
 */
export const investigate = async (found: Found, context: Context): Promise<FuzzDeviation> => {
  const { stage, runner, effort, stop } = context
  const { signature } = found.failing
  const began = performance.now()
  let runs = 0
  let shown = found.ran
  const spent = () => stop.aborted || runs >= effort.runs || performance.now() - began > effort.ms

  const failsAt: FailsAt = async specimen => {
    if (!specimen.ops.every(o => canBeAsked(stage, specimen.config, o))) return null
    runs++
    const result = await runAndJudge(runner, specimen)
    if (result === null || result.failing === null) return null
    const { failing, ran } = result
    if (failing.signature === signature) {
      shown = ran
      return failing.at
    }
    context.onOther(failing, upTo(specimen, failing.at), ran)
    return null
  }
  const isSame = (result: { readonly failing: Failing | null } | null) =>
    result !== null && result.failing?.signature === signature

  const first = await runAlone(runner, found.specimen)
  const small = isSame(first)
    ? await reduce(found.specimen, failsAt, { config: stage.config === null ? 'free' : 'fixed', spent })
    : { ...found.specimen, minimal: false }
  const last = small.ops.length === found.specimen.ops.length ? first : await runAlone(runner, small)
  const ran = last !== null && isSame(last) ? last.ran : shown
  return {
    seed: context.seed,
    sequence: found.sequence,
    signature,
    times: 1,
    config: small.config,
    operations: small.ops,
    explanation: explain(small.config, small.ops, ran),
    trace: traceOf(context.stage.hello, small.config, small.ops, ran),
    found: found.specimen.ops.length,
    reduced: small.ops.length,
    minimal: small.minimal && isSame(last),
    reproduced: isSame(last),
    ms: found.ms,
  }
}
