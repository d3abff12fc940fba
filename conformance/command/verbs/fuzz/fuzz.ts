import { isLeft, right } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { counted } from '../../../../spec/terms/counted.js'
import { fuzz as drive } from '../../../fuzz/fuzz.js'
import { type FuzzDeviation, type FuzzReport, FuzzReportCodec } from '../../../reports/fuzz/codec.js'
import { renderFuzz } from '../../../reports/fuzz/text.js'
import type { Target } from '../../../targets/target.js'
import { complain, type Io, say, sayJson, stopOf, wantsColour } from '../../io.js'
import { progressOf } from '../../progress.js'
import { command } from '../../quote.js'
import { readyTarget } from '../../ready-target.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'

export interface FuzzOptions {
  readonly target: string
  readonly seed?: number
  readonly runs?: number
  readonly time?: number
  /** Percent of the operations. */
  readonly invalid?: number
  readonly timeLimit?: number
  /** Whether calls of the implementation are made wrongly as well. */
  readonly facade?: boolean
  readonly out?: string
  readonly json?: boolean
}

/** How the fuzzer names a sequence for which the specification has no rule: that is no fault of the target. */
const STUCK = /: no rule of the specification applies$/

export const statusOfFuzz = ({ deviations, sequences, calls, interrupted }: FuzzReport): ExitStatus => {
  if (interrupted) return EXIT.interrupted
  if (deviations.some(({ signature }) => STUCK.test(signature))) return EXIT.contradiction
  if (deviations.length > 0) return EXIT.deviation
  return sequences === 0 || calls === 0 ? EXIT.inconclusive : EXIT.expected
}

/** The file for the trace of the n-th deviation. */
const fileFor = (out: string | undefined, { seed, sequence }: FuzzDeviation, n: number): string => {
  if (out === undefined) return `memslot-fuzz-${seed}-${sequence}${n === 0 ? '' : `-${n + 1}`}.ndjson`
  return n === 0 ? out : out.replace(/(\.[^./]*)?$/, `-${n + 1}$1`)
}

/** Writes the trace of each deviation when it is met, and again when it has been made small. */
const keepTraces = (out: string | undefined, io: Io) => {
  /** By signature: the file of the n-th that was met; null where it could not be written. */
  const files = new Map<string, string | null>()
  let met = 0
  const places = new Map<string, string>()
  return {
    keep: async (deviation: FuzzDeviation): Promise<void> => {
      const { signature } = deviation
      const file = places.get(signature) ?? fileFor(out, deviation, met++)
      places.set(signature, file)
      const written = await writeWhole(file, deviation.trace, stopOf(io))
      if (isLeft(written) && files.get(signature) !== null) complain(io, printInputError(written.left))
      files.set(signature, isLeft(written) ? null : file)
    },
    fileOf: ({ signature }: FuzzDeviation): string | null => files.get(signature) ?? null,
    isWhole: (): boolean => ![...files.values()].includes(null),
  }
}

/** The implementation, called wrongly before each call. */
const facadeOf = async (seed: number): Promise<Target> =>
  (await import('../../../targets/impl-facade.js')).facadeTarget(seed)

/** Drives a target and the specification side by side through drawn sequences. */
export const fuzz = async (options: FuzzOptions, io: Io): Promise<ExitStatus> => {
  const { seed = Math.floor(Math.random() * 2 ** 32), runs, time, invalid, timeLimit } = options
  if (options.facade === true && options.target !== 'impl') {
    complain(io, `--facade calls the functions of impl, and target ${options.target} has others`)
    return EXIT.usage
  }
  const target =
    options.facade === true ? right(await facadeOf(seed)) : await readyTarget(options.target, timeLimit, io)
  if (isLeft(target)) {
    return target.left.exit
  }
  const traces = keepTraces(options.out, io)
  const progress = await progressOf(io, `fuzz ${options.target}, sequences`)
  const report = await drive(target.right, {
    seed,
    ...(runs === undefined ? {} : { runs }),
    ...(time === undefined ? {} : { time }),
    ...(invalid === undefined ? {} : { invalid: invalid / 100 }),
    ...(timeLimit === undefined ? {} : { timeLimit: timeLimit * 1000 }),
    stop: stopOf(io),
    onDeviation: traces.keep,
    onProgress: ({ sequences, seconds, deviations, reducing }) => {
      const left = time === undefined ? [] : [`${Math.max(0, Math.ceil(time - seconds))} s left`]
      const found = deviations === 0 ? [] : [counted(deviations, 'deviation')]
      const busy = reducing === null ? [] : [`reducing ${reducing}`]
      progress.at(
        sequences,
        time === undefined ? (runs ?? null) : null,
        [...left, ...found, ...busy].join(' · '),
      )
    },
  })
  progress.end()
  const redraw = command(
    ...['fuzz', '--target', options.target, '--seed', String(seed), '--runs', String(report.sequences)],
    ...(invalid === undefined ? [] : ['--invalid', String(invalid)]),
    ...(options.facade === true ? ['--facade'] : []),
  )
  if (options.json === true) sayJson(io, FuzzReportCodec.encode(report))
  else
    say(
      io,
      renderFuzz(report, {
        color: wantsColour(io),
        fileOf: traces.fileOf,
        // The wrong calls are in no trace.
        again: file =>
          options.facade === true ? redraw : command('replay', file, '--target', options.target),
        redraw,
      }),
    )
  return traces.isWhole() ? statusOfFuzz(report) : EXIT.usage
}
