import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Either, right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Row } from '../../oracle/designs/matrix.js'
import {
  type Company,
  choicesOf,
  companies,
  type Situation,
  scenarioText,
  systemIn,
} from '../../oracle/designs/situation.js'
import { namesOf, subjectOf } from '../../oracle/designs/subjects.js'
import type { Run } from '../../oracle/explore/result.js'
import { closed } from '../../oracle/wire/closed.js'
import { decodeJson, type InputError } from '../../oracle/wire/decode.js'
import { natural, oneOf } from '../../oracle/wire/scalars.js'
import type { Update } from '../../spec/designs/design.js'
import { identity } from '../../spec/rewrite/index.js'
import type { StepCells } from '../../spec/terms/steps/cells.js'
import type { StepSlot } from '../../spec/terms/steps/slots.js'
import { packageRoot } from '../package-root.js'

/** Where the shortest run of each cell that fails is kept, as the choices that lead to it. */
export const KEPT_RUNS = 'conformance/designs/runs.json'

const KeptRunCodec = closed('run', {
  design: t.string,
  variant: t.union([t.string, t.null]),
  property: t.string,
  /** The update, as `memslot explore` reads it, and how many frames the search had. */
  scenario: t.string,
  frames: natural(),
  company: oneOf(...(companies as [Company, ...Company[]])),
  /** At each moment, which of the possible steps is taken. */
  choices: t.readonlyArray(natural()),
  /** How many of the last choices repeat for ever. */
  cycle: natural(),
})
export type KeptRun = t.TypeOf<typeof KeptRunCodec>

const KeptRunsCodec = closed('runs', {
  schema: t.literal('memslot-design-runs'),
  version: t.literal(1),
  /** That of the matrix they were found with. */
  hash: t.string,
  runs: t.readonlyArray(KeptRunCodec),
})
export type KeptRuns = t.TypeOf<typeof KeptRunsCodec>

const numbered = (slots: readonly StepSlot[]) => Math.max(-1, ...slots.map(({ log }) => log)) + 1

/** The update of a run, as the search had it. */
const updateOf = (run: Run<StepCells>, planned: (update: Update) => boolean): Update | null => {
  const { before, after, frames } = run.initial.world
  const bare = after.map(slot => ({ ...slot, log: slot.log < 0 ? -1 : 0 }))
  const update = { before, after: bare, frames, nextLog: numbered(before) }
  return planned(update) ? update : null
}

/** The situation in which a run happens; null where it is none of those that have a name. */
const situationOf = (design: string, run: Run<StepCells>): Situation | null => {
  const subject = subjectOf(design)
  if (subject === null) return null
  const update = updateOf(run, one => subject.plan(one) !== null)
  if (update === null) return null
  const name = identity(run.initial)
  const found = companies.find(company => {
    const [initial] = systemIn({ design: subject, update, company })?.initial ?? []
    return initial !== undefined && identity(initial) === name
  })
  return found === undefined ? null : { design: subject, update, company: found }
}

const keptRun = (design: string, property: string, run: Run<StepCells>): readonly KeptRun[] => {
  const situation = situationOf(design, run)
  const chosen = choicesOf(run)
  if (situation === null || chosen === null) return []
  const { update, company } = situation
  return [
    {
      ...namesOf(design),
      property,
      scenario: scenarioText(update),
      frames: update.frames,
      company,
      ...chosen,
    },
  ]
}

/** The runs of rows, each as choices. */
export const keptRunsOf = (rows: readonly Row[], hash: string): KeptRuns => ({
  schema: 'memslot-design-runs',
  version: 1,
  hash,
  runs: rows.flatMap(({ design, cells }) =>
    cells.flatMap(({ property, run }) => (run === null ? [] : keptRun(design, property, run))),
  ),
})

/** The text of the file: a run a line. */
export const keptRunsText = ({ runs, ...head }: KeptRuns): string => {
  const { schema, version, hash } = head
  const lines = runs.map(run => `    ${JSON.stringify(run)}`)
  return `{\n  "schema": "${schema}",\n  "version": ${version},\n  "hash": "${hash}",\n  "runs": [\n${lines.join(',\n')}\n  ]\n}\n`
}

/** The runs as they are kept; none where the file is not there. */
export const keptRuns = async (): Promise<Either<InputError, KeptRuns | null>> => {
  const text = await readFile(join(packageRoot(), KEPT_RUNS), 'utf8').catch(() => null)
  return text === null ? right(null) : decodeJson(KeptRunsCodec, text, { file: KEPT_RUNS, line: 1 })
}
