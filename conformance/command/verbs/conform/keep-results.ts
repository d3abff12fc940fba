import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import {
  type AskedCase,
  KEPT_RESULTS,
  resultsFile,
  resultsOf,
  resultsText,
} from '../../../kernels/results.js'
import { packageRoot } from '../../../package-root.js'
import type { ConformReport } from '../../../reports/conform/codec.js'
import type { Hello } from '../../../targets/target.js'
import { writeWhole } from '../../write-whole.js'

/** The release that a real kernel says of itself; null for any other target. */
const releaseOf = ({ version }: Pick<Hello, 'version'>): string | null =>
  /^Linux ([^;\s]+)/.exec(version)?.[1] ?? null

/** Keeps the verdicts of a run on a real kernel as data. Left: why not. */
export const keepResults = async (
  report: ConformReport,
  asked: readonly AskedCase[],
  hello: Pick<Hello, 'name' | 'version'>,
): Promise<Either<string, string>> => {
  const release = releaseOf(hello)
  if (release === null)
    return left(`--keep keeps what a real kernel was seen to do, and ${hello.name} is none`)
  if (report.interrupted || report.passed === 0)
    return left('--keep keeps nothing of a run that was interrupted, or in which nothing passed')
  const date = new Date().toISOString().slice(0, 10)
  const file = join(packageRoot(), KEPT_RESULTS, resultsFile(release))
  const wrote = await writeWhole(
    file,
    resultsText(resultsOf(report, asked, { release, target: hello.version, date })),
  )
  return isLeft(wrote) ? left(printInputError(wrote.left)) : right(`${KEPT_RESULTS}/${resultsFile(release)}`)
}
