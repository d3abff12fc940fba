import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { AuditReport } from '../reports/audit/codec.js'
import { createAuditor } from './auditor.js'
import type { ImportError } from './recording/import-error.js'
import { type ImportOptions, importRecording } from './recording/import-recording.js'
import type { ImportSummary } from './recording/summary.js'

/**
 * Audits a recorded VMM run, given as text in chunks of any size, line ends included. Memory does not grow with the
 * recording. Left: this is no recording of memslot calls.
 */
export const auditRecording = async (
  chunks: AsyncIterable<string>,
  options: ImportOptions,
): Promise<Either<ImportError, AuditReport>> => {
  const auditor = createAuditor()
  const recording = importRecording(chunks, options)
  let next = await recording.next()
  while (next.done !== true) {
    auditor.hear(next.value)
    next = await recording.next()
  }
  const result: Either<ImportError, ImportSummary> = next.value
  return isLeft(result) ? left(result.left) : right(auditor.report(options.name, result.right))
}
