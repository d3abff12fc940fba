import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Either, right } from 'fp-ts/lib/Either.js'
import { decodeJson, type InputError } from '../../../oracle/wire/decode.js'
import { packageRoot } from '../../package-root.js'
import { type RecordedReport, RecordedReportCodec } from '../../reports/designs/recorded-codec.js'

/** Where it is kept what each design needs for recorded boots. */
export const KEPT_NEEDS = 'conformance/designs/recorded.json'

export const needsPath = (): string => join(packageRoot(), KEPT_NEEDS)

/** The table as it is kept; null where there is none. */
export const keptNeeds = async (): Promise<Either<InputError, RecordedReport | null>> => {
  const text = await readFile(needsPath(), 'utf8').catch(() => null)
  return text === null ? right(null) : decodeJson(RecordedReportCodec, text, { file: KEPT_NEEDS, line: 1 })
}

/** The text of the file: a design a line. */
export const needsText = (report: RecordedReport): string => {
  const json = JSON.stringify(RecordedReportCodec.encode(report), null, 2)
  return `${json.replace(/\{\s+("design"[^}]*?)\s+\}/g, (_, one: string) => `{ ${one.replace(/\s*\n\s*/g, ' ')} }`)}\n`
}
