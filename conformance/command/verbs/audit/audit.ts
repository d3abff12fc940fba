import { setMaxListeners } from 'node:events'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { type InputError, printInputError } from '../../../../oracle/wire/decode.js'
import { counted } from '../../../../spec/terms/counted.js'
import { auditFiles, auditRecording } from '../../../audit/audit-recording.js'
import { compareAudits } from '../../../audit/compare.js'
import { type Arch, defaultOptions, type AuditOptions as Options } from '../../../audit/options.js'
import { mtreeNames, noNames, x86Names } from '../../../audit/range-names.js'
import { showImportError } from '../../../audit/recording/import-error.js'
import { bpftraceScript } from '../../../audit/recording/recorder/bpftrace.js'
import { AuditReport } from '../../../reports/audit/codec.js'
import { renderComparison } from '../../../reports/audit/comparison/text.js'
import { readError } from '../../file-error.js'
import { complain, type Io, say, sayJson, stopOf, wantsColour } from '../../io.js'
import { progressOf } from '../../progress.js'
import { interruptionOf, nameOf, readInput } from '../../read-input.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'
import { filesOf, recordingText, sizeOf } from './recording-text.js'

/** Findings that `--fail-on` can make failures of. */
export const FAIL_ON = ['hole', 'met', 'at-risk', 'unknown', 'deviation'] as const
export type FailOn = (typeof FAIL_ON)[number]

export interface AuditOptions {
  readonly json?: boolean
  readonly html?: string
  readonly failOn?: readonly FailOn[]
  readonly against?: string
  readonly mtree?: string
  readonly arch?: Arch
  readonly pageSize?: number
  readonly physBits?: number
  readonly pause?: number
  readonly recorder?: 'bpftrace'
}

const found = ({ totals, verdict }: AuditReport, what: FailOn): boolean => {
  switch (what) {
    case 'hole':
      return totals.windows > 0
    case 'met':
      return totals.windowsMet > 0
    case 'at-risk':
      return totals.atRiskInBetween + totals.atRiskNeverHarvested + totals.atRiskUnknown > 0
    case 'unknown':
      return verdict.is === 'cannot tell' || totals.windowsUnknown + totals.undecided > 0
    case 'deviation':
      return totals.deviations > 0
  }
}

/** Calls that deviate are failures; other findings are, where that is asked. */
export const statusOfAudit = (report: AuditReport, failOn: readonly FailOn[] = []): ExitStatus =>
  ['deviation' as const, ...failOn].some(what => found(report, what)) ? EXIT.deviation : EXIT.expected

/** Why there is no report. */
type NoReport = { readonly status: ExitStatus; readonly complaint: string | null }

const NO_RECORDING = 'a recording that can be read'

const auditOf = async (
  given: readonly string[],
  options: Options,
  io: Io,
): Promise<Either<NoReport, AuditReport>> => {
  const usage = (error: InputError): Either<NoReport, never> =>
    left({ status: EXIT.usage, complaint: printInputError(error) })
  const name = given.length === 1 ? nameOf(given[0] as string) : `${given.length} files`
  const progress = await progressOf(io, `audit ${name}, MB`)
  try {
    const files = await filesOf(given)
    const [first] = files
    if (first === undefined)
      return usage({ file: name, line: null, path: '', found: 'an empty directory', expected: NO_RECORDING })
    const size = await sizeOf(files)
    // Each file that is read heeds the interruption.
    setMaxListeners(files.length + 10, stopOf(io))
    const started = performance.now()
    const onProgress = (characters: number, lines: number) =>
      progress.at(
        Math.round(characters / 1e6),
        size === null ? null : Math.round(size / 1e6),
        `${counted(lines, 'line')}, ${(characters / 1e3 / Math.max(1, performance.now() - started)).toFixed(0)} MB/s`,
      )
    const asked = { name, onProgress, ...options }
    const audited =
      files.length === 1
        ? await auditRecording(recordingText(first, io), asked)
        : await auditFiles(
            files.map(file => ({ name: file, chunks: recordingText(file, io) })),
            asked,
          )
    if (!isLeft(audited)) return right(audited.right)
    return stopOf(io).aborted
      ? left({ status: EXIT.interrupted, complaint: printInputError(interruptionOf(name)) })
      : left({ status: EXIT.usage, complaint: showImportError(audited.left) })
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error || 'code' in error)) throw error
    return usage(readError(name, error, NO_RECORDING))
  } finally {
    progress.end()
  }
}

/** What to compare with: a report kept from an earlier run (`--json`), or a recording. */
const earlier = async (file: string, options: Options, io: Io): Promise<Either<NoReport, AuditReport>> => {
  if (file.endsWith('.json')) {
    const text = await readInput(file, io)
    if (isLeft(text)) return left({ status: EXIT.usage, complaint: printInputError(text.left) })
    const report = AuditReport.decode(jsonOf(text.right))
    if (!isLeft(report)) return right(report.right)
    const complaint = `${file}: found no report of this version, expected what \`memslot audit --json\` prints`
    return left({ status: EXIT.usage, complaint })
  }
  return auditOf([file], options, io)
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null // what is no JSON is no report either
  }
}

const namesOf = async (options: AuditOptions, io: Io): Promise<Either<string, Options['names']>> => {
  const common = options.arch === undefined || options.arch === 'x86' ? x86Names : noNames
  if (options.mtree === undefined) return right(common)
  const text = await readInput(options.mtree, io)
  if (isLeft(text)) return left(printInputError(text.left))
  const names = mtreeNames(text.right)
  return names === null
    ? left(`${options.mtree}: found no memory region, expected the output of QEMU’s \`info mtree -f\``)
    : right(names)
}

/** Audits a recorded VMM run. */
export const audit = async (files: readonly string[], options: AuditOptions, io: Io): Promise<ExitStatus> => {
  if (options.recorder !== undefined) {
    say(io, bpftraceScript().trimEnd())
    return EXIT.expected
  }
  const complained = (complaint: string): ExitStatus => {
    complain(io, complaint)
    return EXIT.usage
  }
  if (files.length === 0)
    return complained('which recording? Give a file, several, a directory, or - for standard input')
  const names = await namesOf(options, io)
  if (isLeft(names)) return complained(names.left)
  const asked: Options = {
    pause: options.pause ?? defaultOptions.pause,
    arch: options.arch ?? null,
    pageSize: options.pageSize ?? null,
    physBits: options.physBits ?? null,
    names: names.right,
  }
  const audited = await auditOf(files, asked, io)
  if (isLeft(audited)) {
    if (audited.left.complaint !== null) complain(io, audited.left.complaint)
    return audited.left.status
  }
  const report = audited.right
  const told = await tell(report, options, asked, io)
  if (options.html === undefined) return told
  const { renderAuditHtml } = await import('../../../reports/audit/page/render-audit-html.js')
  const written = await writeWhole(options.html, renderAuditHtml(report), stopOf(io))
  return isLeft(written) ? complained(printInputError(written.left)) : told
}

/** Says what was found, or what has changed; the status that is its verdict. */
const tell = async (
  report: AuditReport,
  options: AuditOptions,
  asked: Options,
  io: Io,
): Promise<ExitStatus> => {
  const status = statusOfAudit(report, options.failOn)
  if (options.against !== undefined) {
    const old = await earlier(options.against, asked, io)
    if (isLeft(old)) {
      if (old.left.complaint !== null) complain(io, old.left.complaint)
      return old.left.status
    }
    const comparison = compareAudits(old.right, report)
    if (options.json === true) sayJson(io, comparison)
    else say(io, renderComparison(comparison, wantsColour(io)))
    return status
  }
  if (options.json === true) sayJson(io, report)
  else {
    const { renderAudit } = await import('../../../reports/audit/text/render-audit.js')
    say(io, renderAudit(report, { color: wantsColour(io), width: io.columns ?? 110 }))
  }
  return status
}
