import { isLeft } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { countViolations, type StressReport, StressReportCodec } from '../../../reports/stress/codec.js'
import { renderList, renderStress } from '../../../reports/stress/text.js'
import { faults } from '../../../stress/faults.js'
import { plays } from '../../../stress/plays/index.js'
import { threadFile } from '../../../stress/run-play.js'
import { stress as run } from '../../../stress/stress.js'
import { noSuch } from '../../did-you-mean.js'
import { complain, type Io, say, sayJson, stopOf, wantsColour } from '../../io.js'
import { progressOf } from '../../progress.js'
import { command } from '../../quote.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'

export interface StressVerbOptions {
  readonly seconds: number
  readonly seed?: number
  readonly fault?: string
  readonly list?: boolean
  readonly json?: boolean
}

export const statusOfStress = (report: StressReport): ExitStatus => {
  if (report.interrupted) return EXIT.interrupted
  if (countViolations(report) > 0) return EXIT.deviation
  return (report.histories?.inconclusive ?? 0) > 0 ? EXIT.inconclusive : EXIT.expected
}

/** Writes the histories that deviate, each as a trace; false where one could not be. */
const writeTraces = async ({ seed, histories }: StressReport, io: Io): Promise<readonly string[] | null> => {
  const files: string[] = []
  for (const { episode, trace } of histories?.deviations ?? []) {
    const file = `memslot-stress-${seed}-${episode}.ndjson`
    const written = await writeWhole(file, trace)
    if (isLeft(written)) {
      complain(io, printInputError(written.left))
      return null
    }
    files.push(file)
  }
  return files
}

/** Real threads read, write, fetch and harvest while batches commit; what they see is checked. */
export const stress = async (options: StressVerbOptions, io: Io): Promise<ExitStatus> => {
  const { seconds, seed = Math.floor(Math.random() * 2 ** 31), fault } = options
  if (options.list === true) {
    say(io, renderList(plays, faults))
    return EXIT.expected
  }
  const names = faults.map(({ id }) => id)
  if (fault !== undefined && !names.includes(fault)) {
    complain(io, noSuch('fault', fault, names))
    return EXIT.usage
  }
  if (threadFile() === null) {
    complain(io, 'the threads run compiled files, which are not there: npm run build makes them')
    return EXIT.usage
  }
  const progress = await progressOf(io, 'stress, seconds')
  const report = await run({
    seconds,
    seed,
    fault,
    stop: stopOf(io),
    onProgress: (spent, what, seen) =>
      progress.at(Math.round(spent), Math.ceil(seconds), seen > 0 ? `${what} · ${seen} violations` : what),
  })
  progress.end()
  const files = await writeTraces(report, io)
  const again = command(
    ...['stress', '--seconds', String(seconds), '--seed', String(seed)],
    ...(fault === undefined ? [] : ['--fault', fault]),
  )
  if (options.json === true) sayJson(io, StressReportCodec.encode(report))
  else
    say(
      io,
      renderStress(report, {
        color: wantsColour(io),
        again,
        files: files ?? [],
        plays,
        fault: faults.find(({ id }) => id === fault) ?? null,
      }),
    )
  return files === null ? EXIT.usage : statusOfStress(report)
}
