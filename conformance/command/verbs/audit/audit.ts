import { isLeft } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { auditRecording } from '../../../audit/audit-recording.js'
import { showImportError } from '../../../audit/recording/import-error.js'
import type { AuditReport } from '../../../reports/audit/codec.js'
import { complain, type Io, say, sayJson, stopOf, wantsColour } from '../../io.js'
import { progressOf } from '../../progress.js'
import { chunksOf, fileError, nameOf } from '../../read-input.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'

export interface AuditOptions {
  readonly json?: boolean
  readonly html?: string
  readonly failOn?: 'hole'
}

/** Calls that deviate are failures; holes are findings, unless they are asked to be failures. */
export const statusOfAudit = ({ totals }: AuditReport, failOn: 'hole' | undefined): ExitStatus =>
  totals.deviations > 0 || (failOn === 'hole' && totals.holes > 0) ? EXIT.deviation : EXIT.expected

/** Audits a recorded VMM run. */
export const audit = async (file: string, options: AuditOptions, io: Io): Promise<ExitStatus> => {
  const name = nameOf(file)
  const progress = await progressOf(io, `audit ${name}, lines`)
  const audited = await auditRecording(chunksOf(file, io), {
    name,
    onProgress: (_, lines) => progress.at(lines, null),
  }).catch((error: unknown) => {
    if (error instanceof Error && 'syscall' in error)
      return fileError(name, error, 'a recording that can be read')
    throw error
  })
  progress.end()
  if (!('_tag' in audited)) {
    complain(io, printInputError(audited))
    return EXIT.usage
  }
  if (isLeft(audited)) {
    if (stopOf(io).aborted) return EXIT.interrupted
    complain(io, showImportError(audited.left))
    return EXIT.usage
  }
  const report = audited.right
  if (options.html !== undefined) {
    const { renderAuditHtml } = await import('../../../reports/audit/page/render-audit-html.js')
    const written = await writeWhole(options.html, renderAuditHtml(report))
    if (isLeft(written)) {
      complain(io, printInputError(written.left))
      return EXIT.usage
    }
  }
  if (options.json === true) sayJson(io, report)
  else {
    const { renderAudit } = await import('../../../reports/audit/text/render-audit.js')
    say(io, renderAudit(report, { color: wantsColour(io), width: io.columns ?? 110 }))
  }
  return statusOfAudit(report, options.failOn)
}
