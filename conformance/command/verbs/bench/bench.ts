import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import {
  type BenchReport,
  BenchReportCodec,
  benchNames,
  isBenchName,
  renderBench,
  runApart,
} from '../../../bench/index.js'
import { type Draw, plotter } from '../../../bench/results/draw.js'
import { noSuch } from '../../did-you-mean.js'
import { complain, type Io, say, sayJson, stopOf, wantsColour } from '../../io.js'
import { progressOf } from '../../progress.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'

export interface BenchOptions {
  readonly rounds?: number
  readonly list?: boolean
  /** A directory for the page of results. */
  readonly results?: string
  readonly json?: boolean
}

/** A missed target is a failure; without one, an inconclusive verdict or no row at all is inconclusive. */
export const statusOfBench = ({ rows }: BenchReport): ExitStatus => {
  const verdicts = rows.map(({ verdict }) => verdict)
  if (verdicts.includes('missed')) return EXIT.deviation
  return rows.length === 0 || verdicts.includes('inconclusive') ? EXIT.inconclusive : EXIT.expected
}

/** Writes the page of results; the error where it could not be written, else null. */
const writeResults = async (directory: string, report: BenchReport, draw: Draw): Promise<string | null> => {
  const { resultFiles } = await import('../../../bench/results/page.js')
  for (const { name, text } of await resultFiles(report, draw)) {
    const written = await writeWhole(join(directory, name), text)
    if (isLeft(written)) return printInputError(written.left)
  }
  return null
}

/** Runs benchmarks, subjects and peers side by side. */
export const bench = async (names: readonly string[], options: BenchOptions, io: Io): Promise<ExitStatus> => {
  const unknown = names.filter(name => !isBenchName(name))
  for (const name of unknown) complain(io, noSuch('benchmark', name, benchNames))
  if (unknown.length > 0) return EXIT.usage
  if (options.list === true) {
    if (options.json === true) sayJson(io, { schema: 'memslot-bench-list', version: 1, names: benchNames })
    else say(io, ...benchNames)
    return EXIT.expected
  }
  const draw = options.results === undefined ? null : await plotter()
  if (options.results !== undefined && draw === null) {
    complain(io, 'plots need vega and vega-lite, development dependencies of a checkout: npm install there')
    return EXIT.usage
  }
  const progress = await progressOf(io, 'bench, rounds')
  const chosen = names.length === 0 ? benchNames : names.filter(isBenchName)
  const ran = await runApart(chosen, {
    ...(options.rounds === undefined ? {} : { rounds: options.rounds }),
    stop: stopOf(io),
    onProgress: ({ name, done, total }) => progress.at(done, total, name),
  })
  progress.end()
  if (isLeft(ran)) {
    complain(io, ran.left)
    return EXIT.usage
  }
  const report = ran.right
  const unwritten =
    options.results === undefined || draw === null ? null : await writeResults(options.results, report, draw)
  if (unwritten !== null) complain(io, unwritten)
  if (options.json === true) sayJson(io, BenchReportCodec.encode(report))
  else {
    say(io, renderBench(report, { color: wantsColour(io) }))
    if (stopOf(io).aborted) say(io, 'interrupted')
  }
  return unwritten === null ? statusOfBench(report) : EXIT.usage
}
