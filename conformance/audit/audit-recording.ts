import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { AuditReport } from '../reports/audit/codec.js'
import { createAuditor } from './auditor.js'
import { type AuditOptions, defaultOptions } from './options.js'
import type { ImportError } from './recording/import-error.js'
import { createImporter, formatOf } from './recording/import-recording.js'
import { createKeptText } from './recording/kept-text.js'
import { type MergedFile, mergeFiles } from './recording/merge-files.js'
import { asPosted } from './recording/text/as-posted.js'
import { joinHardWrapped } from './recording/text/hard-wrapped.js'
import { inOrderOfTime } from './recording/text/in-order-of-time.js'
import { lineTime } from './recording/text/line-time.js'

export interface RecordingOptions extends Partial<AuditOptions> {
  /** The recording's name, for the report and for errors. */
  readonly name: string
  /** Told now and then how many characters and lines have been read. */
  readonly onProgress?: (characters: number, lines: number) => void
}

/**
 * Audits a recorded VMM run, given as text in chunks of any size, line ends included. Memory does not grow with the
 * recording. Left: this is no recording of memslot calls.
 *
 * @example
 * const report = await auditRecording(createReadStream('run.strace', 'utf8'), { name: 'run.strace' })
 */
export const auditRecording = async (
  chunks: AsyncIterable<string>,
  options: RecordingOptions,
): Promise<Either<ImportError, AuditReport>> => {
  const { importer, end } = begin(options)
  const kept = createKeptText()
  let characters = 0
  for await (const chunk of chunks) {
    importer.push(chunk)
    kept.push(chunk)
    characters += chunk.length
    options.onProgress?.(characters, importer.lines())
    if (characters > MAX_PREAMBLE && !importer.begun()) break
  }
  const result = end()
  const texts = kept.lines()
  const whole = importer.unread() > 0 && texts !== null ? joinHardWrapped(texts, isLine) : null
  if (whole !== null) {
    const again = begin(options)
    for (const text of whole) again.importer.push(`${text}\n`)
    const joined = again.end()
    if (again.importer.unread() < importer.unread())
      return isLeft(joined) && again.importer.facts().disordered
        ? sorted(whole, joined.left, options)
        : joined
  }
  return isLeft(result) && importer.facts().disordered ? sorted(texts, result.left, options) : result
}

/** Characters among which a line of a recording has to come: an input that does not end, /dev/zero, is refused. */
const MAX_PREAMBLE = 256 << 20

const isLine = (text: string): boolean => [text, ...asPosted(text)].some(form => formatOf(form) !== null)

/** Audits lines that were not in the order of time, as they were before somebody put them into another. */
const sorted = (
  texts: readonly string[] | null,
  complaint: ImportError,
  options: RecordingOptions,
): Either<ImportError, AuditReport> => {
  const named = texts?.some(text => lineTime(text).tid !== null) === true
  const inOrder = texts === null || !named ? null : inOrderOfTime(texts)
  if (inOrder === null) return left(complaint)
  if (isLeft(inOrder)) {
    const { tid, line } = inOrder.left
    return left({
      ...complaint,
      line,
      found: `a time of thread ${tid ?? '?'} before that of its line above: lines were moved, the clock was set back, or midnight passed`,
      expected: `lines as they were written. Where the clock was set, what is before and after can be audited apart: \`head -n ${line - 1}\`, \`tail -n +${line}\``,
    })
  }
  const { importer, end } = begin(options, true)
  for (const { text, line } of inOrder.right) importer.line(text, 0, line)
  return end()
}

/** Reads a recording, and reports on it at its end. */
const begin = ({ name, onProgress: _, ...given }: RecordingOptions, merged = false) => {
  const auditor = createAuditor({ ...defaultOptions, ...given }, () => importer.facts())
  const importer = createImporter({ name, merged }, auditor.hear)
  return {
    importer,
    end: (files: readonly string[] = []): Either<ImportError, AuditReport> => {
      const result = importer.end(files)
      if (isLeft(result)) return left(result.left)
      const report = auditor.report(name, result.right)
      return right({ ...report, origins: originsIn(report, result.right.origins) })
    },
  }
}

/** Audits a recording in several files, one for each thread (`strace -ff`) or each process, merged by time. */
export const auditFiles = async (
  files: readonly MergedFile[],
  options: RecordingOptions,
): Promise<Either<ImportError, AuditReport>> => {
  const { importer, end } = begin(options, true)
  const merged = await mergeFiles(
    files,
    (text, file, line) => importer.line(text, file, line),
    characters => options.onProgress?.(characters, importer.lines()),
  )
  return isLeft(merged) ? left(merged.left) : end(files.map(file => file.name))
}

type Origins = ReadonlyMap<number, { readonly file: number; readonly line: number }>

/** Where the lines that a report names stand in their files. */
const originsIn = (report: AuditReport, origins: Origins): AuditReport['origins'] => {
  const named = new Set<number>()
  const look = (value: unknown, key: string): void => {
    if (typeof value === 'number' && (key === 'line' || key.endsWith('Line'))) named.add(value)
    else if (Array.isArray(value)) for (const one of value) look(one, key)
    else if (value !== null && typeof value === 'object')
      for (const [inner, one] of Object.entries(value)) look(one, inner)
  }
  look(report, '')
  return [...named]
    .sort((a, b) => a - b)
    .flatMap(line => {
      const origin = origins.get(line)
      // In one file most lines stand where they are in the order of time.
      const same = report.files.length === 0 && origin?.line === line
      return origin === undefined || same ? [] : [{ line, file: origin.file, at: origin.line }]
    })
}
