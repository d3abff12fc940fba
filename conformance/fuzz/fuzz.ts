import type { Config } from '../../oracle/wire/config.js'
import { parametersOf } from '../../oracle/wire/config.js'
import { callRelation } from '../../spec/rules/calls.js'
import { giveWay } from '../give-way.js'
import type { FuzzDeviation, FuzzReport } from '../reports/fuzz/codec.js'
import type { Target } from '../targets/target.js'
import { asFound, type Effort, type Found, investigate, upTo } from './find.js'
import { judge, unnumbered } from './judge-run.js'
import { watch } from './reached.js'
import { runnerOf } from './run.js'
import { drawSequence } from './sequence.js'
import { stageOf } from './world.js'

export interface FuzzProgress {
  readonly sequences: number
  readonly calls: number
  readonly seconds: number
  /** Ways to deviate met so far. */
  readonly deviations: number
  /** The one that is being made small. */
  readonly reducing: string | null
}

export interface FuzzOptions {
  readonly seed: number
  /** Sequences; where neither it nor `time` is given, 10 000. */
  readonly runs?: number
  /** Seconds. */
  readonly time?: number
  /** Share of operations that are made invalid, 0 to 1; a quarter where absent. */
  readonly invalid?: number
  /** Operations of a sequence, on average; 24 where absent. */
  readonly length?: number
  /** One configuration for all sequences; else the target’s own, or drawn within its limits. */
  readonly config?: Config
  /** Milliseconds after which a target that gave no sign is taken for hung. */
  readonly timeLimit?: number
  /** Ways to deviate that are made small; further ones are reported as they were met. */
  readonly reductions?: number
  readonly effort?: Effort
  readonly stop: AbortSignal
  readonly onProgress?: (progress: FuzzProgress) => void
  /** Called with each way to deviate as it is met, and again when it has been made small. */
  readonly onDeviation?: (deviation: FuzzDeviation) => Promise<void>
}

const DEFAULT_RUNS = 10_000
const DEFAULT_INVALID = 0.25
const DEFAULT_LENGTH = 24
const DEFAULT_TIME_LIMIT = 10_000
const DEFAULT_REDUCTIONS = 16
const DEFAULT_EFFORT: Effort = { runs: 5000, ms: 20_000 }
const NO_EFFORT: Effort = { runs: 0, ms: 0 }

/** Milliseconds between two times that this thread gives way, so that a stop is heard. */
const MS_AT_ONCE = 50

/**
 * Drives a target and the specification side by side through sequences drawn from a seed. The same seed draws the same
 * sequences for any answers of the target. Each new way to deviate is reduced when it is met.
 */
export const fuzz = async (target: Target, options: FuzzOptions): Promise<FuzzReport> => {
  const { seed, stop, time, timeLimit = DEFAULT_TIME_LIMIT, reductions = DEFAULT_REDUCTIONS } = options
  const runs = options.runs ?? (time === undefined ? DEFAULT_RUNS : Number.POSITIVE_INFINITY)
  const hello = await target.hello()
  const stage = stageOf(hello, options.config ?? null)
  const profile = options.config?.profile ?? (hello.features.includes('batch') ? 'batch' : 'linux')
  const { errors } = parametersOf(options.config ?? {})
  const means = { features: stage.features, anyConfig: stage.config === null }
  const reached = watch(callRelation({ profile, errors }), means)
  const drawing = {
    seed,
    invalid: options.invalid ?? DEFAULT_INVALID,
    length: options.length ?? DEFAULT_LENGTH,
  }
  const runner = runnerOf(target, stage, timeLimit, stop)
  const began = performance.now()
  const elapsed = () => performance.now() - began
  const known = new Map<string, FuzzDeviation | null>()
  const times = new Map<string, number>()
  const waiting: Found[] = []
  let [sequences, calls, discarded, failing] = [0, 0, 0, 0]
  const refused = new Map<string, number>()
  let gaveWay = elapsed()

  const tell = (reducing: string | null) =>
    options.onProgress?.({ sequences, calls, seconds: elapsed() / 1000, deviations: known.size, reducing })

  const meet = (found: Found): void => {
    const { signature } = found.failing
    if (known.has(signature)) return
    known.set(signature, null)
    waiting.push(found)
  }
  const makeSmall = async (found: Found): Promise<void> => {
    const { signature } = found.failing
    await options.onDeviation?.(asFound(found, { stage, seed }))
    tell(signature)
    const done = [...known.values()].filter(deviation => deviation !== null).length
    const deviation = await investigate(found, {
      stage,
      seed,
      runner,
      effort: done < reductions ? (options.effort ?? DEFAULT_EFFORT) : NO_EFFORT,
      stop,
      onOther: (other, specimen, ran) =>
        meet({ sequence: found.sequence, ms: elapsed(), failing: other, specimen, ran }),
    })
    known.set(signature, deviation)
    await options.onDeviation?.(deviation)
  }

  for (let i = 0; i < runs && !stop.aborted; i++) {
    if (time !== undefined && elapsed() >= time * 1000) break
    const sequence = drawSequence(stage, drawing, i)
    const ran = await runner.run(sequence.config, sequence.ops)
    if (ran === null) break
    sequences++
    calls += ran.answers.length
    discarded += sequence.discarded
    if (ran.refused !== undefined) {
      const because = unnumbered(ran.refused)
      refused.set(because, (refused.get(because) ?? 0) + 1)
    }
    for (const [effect] of sequence.effects) if (effect?.result.is === 'error') failing++
    const failed = judge(sequence.config, sequence.ops, ran, sequence.effects)
    if (failed !== null) {
      times.set(failed.signature, (times.get(failed.signature) ?? 0) + 1)
      meet({ sequence: i, ms: elapsed(), failing: failed, specimen: upTo(sequence, failed.at), ran })
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await makeSmall(next)
    }
    if (elapsed() - gaveWay > MS_AT_ONCE) {
      gaveWay = elapsed()
      tell(null)
      await giveWay()
    }
  }
  await runner.close()
  const { name, version } = hello
  const deviations = [...known].flatMap(([signature, deviation]) =>
    deviation === null ? [] : [{ ...deviation, times: times.get(signature) ?? 0 }],
  )
  return {
    schema: 'memslot-fuzz',
    version: 1,
    target: { name, version },
    seed,
    sequences,
    calls,
    discarded,
    failing,
    seconds: elapsed() / 1000,
    deviations,
    ...reached(),
    ...(refused.size === 0 ? {} : { refused: Object.fromEntries(refused) }),
    interrupted: stop.aborted,
  }
}
