import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { decodeJson, type InputError } from '../../oracle/wire/decode.js'
import { packageRoot } from '../package-root.js'
import { type DesignsReport, DesignsReportCodec } from '../reports/designs/codec.js'

/** Where the matrix of the default scope is kept. */
export const COMMITTED = 'conformance/designs/matrix.json'

export const committedPath = (): string => join(packageRoot(), COMMITTED)

/** The matrix as it is kept; null where there is none. */
export const committedMatrix = async (): Promise<Either<InputError, DesignsReport | null>> => {
  const text = await readFile(committedPath(), 'utf8').catch(() => null)
  if (text === null) return right(null)
  const decoded = decodeJson(DesignsReportCodec, text, { file: COMMITTED, line: 1 })
  return isLeft(decoded) ? left(decoded.left) : right(decoded.right)
}

/** The text of the matrix file: JSON as the formatter has it, short lists on one line. */
export const committedText = (report: DesignsReport): string => {
  const json = JSON.stringify(DesignsReportCodec.encode(report), null, 2)
  const short = json.replace(
    /\[\s+("[^\]{}]*?)\s+\]/g,
    (_, list: string) => `[${list.replace(/\s*\n\s*/g, ' ')}]`,
  )
  return `${short}\n`
}
