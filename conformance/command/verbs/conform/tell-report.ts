import { isLeft } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { EXHAUSTIVE } from '../../../cases/families.js'
import type { AskedCase } from '../../../kernels/results.js'
import type { ConformReport } from '../../../reports/conform/codec.js'
import { renderConform } from '../../../reports/conform/text.js'
import type { Hello } from '../../../targets/target.js'
import { complain, type Io, say, sayJson, stopOf, wantsColour } from '../../io.js'
import { command } from '../../quote.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'
import { keepResults } from './keep-results.js'
import type { ConformOptions } from './options.js'
import { saveTraces, traceFile } from './trace-files.js'

/** Whether a target has updates and accesses that could meet, and nobody has seen them meet. */
const isUnjudged = ({ atomicity }: ConformReport, features: readonly string[]): boolean =>
  atomicity?.is === 'not judged' && features.includes('batch') && features.includes('vcpu')

/**
 * A run in which no case passed is inconclusive, and one of a target with a batch and vCPUs whose atomicity was not judged,
 * unless that was not asked.
 *
 * @param features of the target
 */
export const statusOfConform = (
  report: ConformReport,
  features: readonly string[] = [],
  sequential = false,
): ExitStatus => {
  if (report.interrupted) return EXIT.interrupted
  if (report.failed > 0) return EXIT.deviation
  const isOpen = report.passed === 0 || (!sequential && isUnjudged(report, features))
  return isOpen ? EXIT.inconclusive : EXIT.expected
}

/** The report where there is no such target. */
export const notAvailable = (target: string, why: string, cases: number): ConformReport => ({
  schema: 'memslot-conform',
  version: 1,
  target,
  total: cases,
  passed: 0,
  failed: 0,
  skipped: cases,
  seconds: 0,
  interrupted: false,
  deviations: [],
  skips: [{ reason: why, cases }],
  coverage: null,
})

/** Writes the files that were asked for; false where one could not be written. */
const writeFiles = async (
  report: ConformReport,
  ids: readonly string[],
  { junit, save }: ConformOptions,
  io: Io,
): Promise<boolean> => {
  const written = [
    ...(save === undefined ? [] : [await saveTraces(save, report.deviations)]),
    ...(junit === undefined
      ? []
      : [
          await writeWhole(
            junit,
            (await import('../../../reports/conform/junit.js')).junitOf(report, ids),
            stopOf(io),
          ),
        ]),
  ]
  for (const one of written) if (isLeft(one)) complain(io, printInputError(one.left))
  return !written.some(isLeft)
}

/** A run of the suite, and what is said of it. */
export interface Ran {
  readonly report: ConformReport
  /** Of the cases that were to be run. */
  readonly ids: readonly string[]
  /** Made where results are kept. */
  readonly asked: () => readonly AskedCase[]
  /** Whether a case is a program whose threads meet, which no trace replays. */
  readonly isProgram: (id: string) => boolean
  readonly hello: Pick<Hello, 'name' | 'version' | 'features'>
}

/** Says what came of a run, in every form that was asked for. */
export const tellReport = async (
  { report, ids, asked, isProgram, hello }: Ran,
  options: ConformOptions,
  io: Io,
): Promise<ExitStatus> => {
  const { save } = options
  const whole = await writeFiles(report, ids, options, io)
  if (options.json === true) sayJson(io, report)
  else
    say(
      io,
      renderConform(report, {
        color: wantsColour(io),
        ids,
        exhaustive: EXHAUSTIVE.map(({ name }) => name),
        all: options.all ?? false,
        coverage: options.coverage ?? false,
        again: ({ case: id, trace }) =>
          save === undefined || isProgram(id) || trace === ''
            ? command('conform', '--target', options.target, '--filter', id)
            : command('replay', traceFile(save, id), '--target', options.target),
      }),
    )
  if (options.keep === true) {
    const kept = await keepResults(report, asked(), hello)
    if (isLeft(kept)) complain(io, kept.left)
    else if (options.json !== true) say(io, `kept as ${kept.right}`)
    if (isLeft(kept)) return EXIT.usage
  }
  if (ids.length === 0) complain(io, 'no case was run: no case has a name that the filter describes')
  return whole ? statusOfConform(report, hello.features, options.sequential) : EXIT.usage
}
