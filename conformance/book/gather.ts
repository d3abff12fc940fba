import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { type InputError, printInputError } from '../../oracle/wire/decode.js'
import { COMMITTED, committedMatrix } from '../designs/committed.js'
import { KEPT_RUNS, keptRuns } from '../designs/kept-runs.js'
import { keptNeeds } from '../designs/recorded/kept.js'
import { giveWay, stepwise } from '../give-way.js'
import { keptResults } from '../kernels/results.js'
import { packageRoot } from '../package-root.js'
import { loadingSuite } from '../suite/load.js'
import type { BookSources } from './build-book.js'
import { confirmedBy } from './kernels-table.js'
import { ruleFacts } from './rule-facts.js'
import { searchWitnesses } from './searched-witnesses.js'
import { rulePlaces } from './stands-in.js'
import { witnessesByHand, witnessesInCases, witnessesInRuns } from './witnesses.js'

/** Where the explorer's script is compiled to. */
const EXPLORER = 'dist/conformance/book/explorer.js'

const explorerScript = (): string | null => {
  try {
    return readFileSync(join(packageRoot(), EXPLORER), 'utf8')
  } catch {
    return null // the build makes it, and was not run
  }
}

/** Rules that compare have no case of their own: a case does not name them. */
const EVERY_ANSWER = 'every answer of its kind is held to it'

const never = new AbortController().signal
const INTERRUPTED = 'interrupted while its sources were read'

const shown = (error: InputError): string => printInputError(error)

/** Everything the book is made of, read from the package. Left: what is missing, cannot be read, or was not waited for. */
export const gather = async (stop: AbortSignal = never): Promise<Either<string, BookSources>> => {
  const explorer = explorerScript()
  if (explorer === null) return left(`${EXPLORER} is not there: npm run build makes it`)
  const matrix = await committedMatrix()
  if (isLeft(matrix)) return left(shown(matrix.left))
  const runs = await keptRuns()
  if (isLeft(runs)) return left(shown(runs.left))
  if (matrix.right === null || runs.right === null)
    return left(`${COMMITTED} and ${KEPT_RUNS} are not both there: memslot designs --write makes them`)
  const needs = await keptNeeds()
  if (isLeft(needs)) return left(shown(needs.left))
  const suite = await stepwise(loadingSuite({ filter: [], smoke: false }), stop)
  if (suite === null) return left(INTERRUPTED)
  if (isLeft(suite)) return left(shown(suite.left))
  const kernels = keptResults()
  if (isLeft(kernels)) return left(shown(kernels.left))
  const rules = ruleFacts()
  const kept = new Map([
    ...witnessesByHand(),
    ...witnessesInCases(suite.right),
    ...witnessesInRuns(runs.right.runs),
  ])
  await giveWay()
  if (stop.aborted) return left(INTERRUPTED)
  const unkept = rules.filter(({ id, grain }) => grain === 'steps' && !kept.has(id)).map(({ id }) => id)
  return right({
    rules,
    places: await rulePlaces(),
    witnesses: new Map([...kept, ...searchWitnesses(unkept)]),
    unused: new Map(
      rules.filter(({ family }) => family === 'answer').map(({ id }) => [id, EVERY_ANSWER] as const),
    ),
    kernels: confirmedBy(kernels.right),
    asked: kernels.right,
    matrix: matrix.right,
    runs: runs.right,
    needs: needs.right,
    explorer,
  })
}
