import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { faults as seeded } from '../../../../oracle/designs/faults/catalogue.js'
import type { Row } from '../../../../oracle/designs/matrix.js'
import { subjects, unshown } from '../../../../oracle/designs/subjects.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import type { ScopeName } from '../../../../spec/designs/scope.js'
import { properties } from '../../../../spec/properties/properties.js'
import { COMMITTED, committedMatrix, committedPath, committedText } from '../../../designs/committed.js'
import { computeRows } from '../../../designs/compute-rows.js'
import { contradictions } from '../../../designs/contradictions.js'
import { matrixHash, staleInBuild } from '../../../designs/deciding-sources.js'
import { heaviestFirst } from '../../../designs/heaviest-first.js'
import { KEPT_RUNS, keptRunsOf, keptRunsText } from '../../../designs/kept-runs.js'
import { keptNeeds } from '../../../designs/recorded/kept.js'
import { reportOfRows } from '../../../designs/report-of-rows.js'
import { packageRoot } from '../../../package-root.js'
import { type DesignsReport, DesignsReportCodec } from '../../../reports/designs/codec.js'
import { matrixText } from '../../../reports/designs/matrix-text.js'
import { recordedText } from '../../../reports/designs/recorded-words.js'
import { faultsText, faultText, runsText } from '../../../reports/designs/runs-text.js'
import { staleText } from '../../../stale-build.js'
import { noSuch } from '../../did-you-mean.js'
import { complain, type Io, say, sayJson, stopOf } from '../../io.js'
import { progressOf } from '../../progress.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'
import { recorded } from './recorded.js'

export interface DesignsOptions {
  readonly scope: ScopeName
  readonly design?: readonly string[]
  readonly property?: readonly string[]
  readonly runs?: boolean
  /** Seeded faults whose runs are printed in place of the matrix. */
  readonly fault?: readonly string[]
  /** Recordings whose updates are counted in place of the matrix. */
  readonly recorded?: readonly string[]
  readonly html?: string
  readonly write?: boolean
  readonly jobs?: number
  readonly json?: boolean
}

const unknown = (what: string, wanted: readonly string[], known: readonly string[]): readonly string[] =>
  wanted.filter(name => !known.includes(name)).map(name => noSuch(what, name, known))

/** What is wrong with what was asked for. */
const mistakesIn = ({
  design = [],
  property = [],
  fault = [],
  write,
  scope,
}: DesignsOptions): readonly string[] => [
  ...unknown('fault', fault, [...new Set(seeded.map(({ id }) => id))]),
  ...unknown(
    'design',
    design,
    [...subjects, ...unshown].map(({ id }) => id),
  ),
  ...unknown(
    'property',
    property,
    properties.map(({ id }) => id),
  ),
  ...(write === true && (design.length > 0 || property.length > 0 || scope !== 'default')
    ? ['--write keeps the whole matrix of the default scope: no --design, --property or other --scope']
    : []),
]

const wantsRuns = ({ runs, design = [], property = [] }: DesignsOptions): boolean =>
  runs === true || (design.length > 0 && property.length > 0)

/** Writes a file; false where it could not be written. */
const written = async (file: string, text: string, io: Io): Promise<boolean> => {
  const wrote = await writeWhole(file, text, stopOf(io))
  if (isLeft(wrote)) complain(io, printInputError(wrote.left))
  return isRight(wrote)
}

/** Compares the matrix with the committed one: a contradiction is a failure. */
const statusOf = async (report: DesignsReport, options: DesignsOptions, io: Io): Promise<ExitStatus> => {
  const undecided = report.cells.some(({ holds }) => holds === 'inconclusive')
  const kept = options.write === true ? null : await committedMatrix()
  if (kept !== null && isLeft(kept)) complain(io, printInputError(kept.left))
  const wrong = kept === null || isLeft(kept) || kept.right === null ? [] : contradictions(report, kept.right)
  for (const line of wrong) complain(io, line)
  if (wrong.length > 0) return EXIT.deviation
  return undecided || report.cells.length === 0 ? EXIT.inconclusive : EXIT.expected
}

const show = async (report: DesignsReport, rows: readonly Row[], options: DesignsOptions, io: Io) => {
  const kept = await keptNeeds()
  if (isLeft(kept)) complain(io, printInputError(kept.left))
  const needs = isLeft(kept) ? null : kept.right
  if (options.json === true) sayJson(io, DesignsReportCodec.encode(report))
  else {
    if (wantsRuns(options)) say(io, runsText(rows), '', faultsText(rows), '')
    say(io, matrixText(report, io.columns ?? 120))
    if (needs !== null) say(io, '', recordedText(needs))
    if (stopOf(io).aborted) say(io, 'interrupted')
  }
  if (options.html === undefined) return true
  const { matrixHtml } = await import('../../../reports/designs/page/matrix-html.js')
  return written(options.html, matrixHtml(report, rows, needs), io)
}

/** Shows what seeded faults do to the designs that were asked for. */
const showFaults = ({ fault = [], design = [], property = [], json }: DesignsOptions, io: Io): ExitStatus => {
  const wanted = seeded.filter(
    ({ id, of, property: taken }) =>
      fault.includes(id) &&
      (design.length === 0 || design.includes(of)) &&
      (property.length === 0 || property.includes(taken)),
  )
  if (json === true) {
    const faults = wanted.map(one => ({
      id: one.id,
      design: one.of,
      property: one.property,
      run: faultText(one),
    }))
    sayJson(io, { schema: 'memslot-design-faults', version: 1, faults })
  } else for (const one of wanted) say(io, faultText(one), '')
  return wanted.length === 0 ? EXIT.inconclusive : EXIT.expected
}

/** Compares the designs of the thread. */
export const designs = async (options: DesignsOptions, io: Io): Promise<ExitStatus> => {
  const { scope, design = [], property = [], jobs = availableParallelism() } = options
  const mistakes = mistakesIn(options)
  for (const line of mistakes) complain(io, line)
  if (mistakes.length > 0) return EXIT.usage
  if ((options.fault ?? []).length > 0) return showFaults(options, io)
  if (options.recorded !== undefined) return recorded(options.recorded, options, io)
  const stale = staleInBuild(packageRoot())
  if (stale !== null) {
    complain(io, staleText(stale))
    if (options.write === true) return EXIT.usage
  }
  // Taken before the search: a source may be changed while it runs.
  const hash = matrixHash(packageRoot(), scope)
  const wanted = design.length === 0 ? subjects : [...subjects, ...unshown].filter(s => design.includes(s.id))
  const progress = await progressOf(io, 'designs, updates')
  const computed = await computeRows(
    heaviestFirst(wanted.map(({ id }) => ({ scope, subject: id, properties: property }))),
    {
      workers: jobs,
      stop: stopOf(io),
      onProgress: (done, total, subject) => progress.at(done, total, subject),
    },
  )
  progress.end()
  if (isLeft(computed)) {
    complain(io, computed.left)
    return EXIT.inconclusive
  }
  const rows = wanted.flatMap(({ id }) => computed.right.filter(row => row.design === id))
  const report = reportOfRows(scope, hash, rows)
  if (!(await show(report, rows, options, io))) return EXIT.usage
  if (stopOf(io).aborted) return EXIT.interrupted
  if (options.write === true) {
    const runs = keptRunsText(keptRunsOf(rows, report.hash))
    if (!(await written(committedPath(), committedText(report), io))) return EXIT.usage
    if (!(await written(join(packageRoot(), KEPT_RUNS), runs, io))) return EXIT.usage
    if (options.json !== true) say(io, '', `kept as ${COMMITTED} and ${KEPT_RUNS}`)
  }
  return statusOf(report, options, io)
}
