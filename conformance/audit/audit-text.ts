import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isLeft } from 'fp-ts/lib/Either.js'
import { AuditReport } from '../reports/audit/codec.js'
import { auditRecording, type RecordingOptions } from './audit-recording.js'

// For tests: recordings as they are, or as somebody may have treated them before they are audited.

const shared = (name: string) => fileURLToPath(new URL(`../../../shared/traces/${name}`, import.meta.url))

/** Whether the recordings are at hand. */
export const recordingsThere = existsSync(shared('README.md'))

/** The lines of a recording. */
export const linesOf = (name: string): string[] => readFileSync(shared(name), 'utf8').trimEnd().split('\n')

async function* inPieces(text: string) {
  for (let i = 0; i < text.length; i += 1 << 16) yield text.slice(i, i + (1 << 16))
}

export const auditResult = (lines: readonly string[], options: Partial<RecordingOptions> = {}) =>
  auditRecording(inPieces(`${lines.join('\n')}\n`), { name: 'recording', ...options })

/** The report on these lines; one that is refused is a failure of the test. */
export const auditLines = async (
  lines: readonly string[],
  options: Partial<RecordingOptions> = {},
): Promise<AuditReport> => {
  const result = await auditResult(lines, options)
  if (isLeft(result)) throw new Error(result.left.found)
  if (!AuditReport.is(result.right)) throw new Error('the report is none by its own description')
  return result.right
}
