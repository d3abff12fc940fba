import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { readScenario } from '../../../oracle/designs/scenario.js'
import { type Company, companies, type Situation } from '../../../oracle/designs/situation.js'
import { subjectOf } from '../../../oracle/designs/subjects.js'

/** One run of a link: a design, and the choices so far. */
export interface LinkedRun {
  readonly design: string
  readonly choices: readonly number[]
  readonly cycle: number
}

/** What a link to the explorer says: an update, what goes on beside it, one run or two, and the moment that is shown. */
export interface Link {
  readonly scenario: string
  readonly frames: number
  readonly company: Company
  readonly run: LinkedRun
  readonly beside: LinkedRun | null
  readonly at: number
}

/** Choices in a link: numbers separated by dots. A URL may be long, but not without end. */
const MAX_CHOICES = 400
const MAX_FRAMES = 4

const runFields = (run: LinkedRun, suffix: string): readonly (readonly [string, string])[] => [
  [`design${suffix}`, run.design],
  ...(run.choices.length === 0 ? [] : [[`choices${suffix}`, run.choices.join('.')] as const]),
  ...(run.cycle === 0 ? [] : [[`cycle${suffix}`, String(run.cycle)] as const]),
]

/** The part of a URL after `#`, without it. */
export const writeLink = ({ scenario, frames, company, run, beside, at }: Link): string => {
  const fields = new URLSearchParams()
  fields.set('scenario', scenario)
  fields.set('frames', String(frames))
  fields.set('company', company)
  for (const [key, value] of runFields(run, '')) fields.set(key, value)
  if (beside !== null) for (const [key, value] of runFields(beside, '2')) fields.set(key, value)
  if (at > 0) fields.set('at', String(at))
  return fields.toString()
}

const numberIn = (text: string | null, least: number, most: number, otherwise: number): number | null => {
  if (text === null) return otherwise
  const n = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN
  return n >= least && n <= most ? n : null
}

const choicesIn = (text: string | null): readonly number[] | null => {
  if (text === null || text === '') return []
  if (!/^\d{1,4}(\.\d{1,4})*$/.test(text)) return null
  const choices = text.split('.').map(Number)
  return choices.length <= MAX_CHOICES ? choices : null
}

const runIn = (fields: URLSearchParams, suffix: string): Either<string, LinkedRun> => {
  const design = fields.get(`design${suffix}`) ?? ''
  if (subjectOf(design) === null)
    return left(`design${suffix}: found ${JSON.stringify(design)}, expected a design of the matrix`)
  const choices = choicesIn(fields.get(`choices${suffix}`))
  if (choices === null)
    return left(`choices${suffix}: expected at most ${MAX_CHOICES} numbers separated by dots`)
  const cycle = numberIn(fields.get(`cycle${suffix}`), 0, choices.length, 0)
  return cycle === null
    ? left(`cycle${suffix}: expected a number up to ${choices.length}`)
    : right({ design, choices, cycle })
}

/** Reads a link. Left: which part of it is wrong, and what was expected. */
export const readLink = (hash: string): Either<string, Link> => {
  const fields = new URLSearchParams(hash.replace(/^#/, ''))
  const scenario = fields.get('scenario')
  if (scenario === null) return left('scenario: found none, expected an update such as 1:0+1@0 -> 1:0+1@1')
  const update = readScenario(scenario)
  if (isLeft(update)) {
    const { at, found, expected } = update.left
    return left(`scenario, at character ${at}: found ${found}, expected ${expected}`)
  }
  const frames = numberIn(fields.get('frames'), update.right.frames, MAX_FRAMES, update.right.frames)
  if (frames === null) return left(`frames: expected a number from ${update.right.frames} to ${MAX_FRAMES}`)
  const company = companies.find(one => one === (fields.get('company') ?? 'alone'))
  if (company === undefined) return left(`company: expected one of ${companies.join(', ')}`)
  const run = runIn(fields, '')
  if (isLeft(run)) return run
  const beside = fields.has('design2') ? runIn(fields, '2') : right(null)
  if (isLeft(beside)) return beside
  const at = numberIn(fields.get('at'), 0, MAX_CHOICES, 0)
  if (at === null) return left(`at: expected a number up to ${MAX_CHOICES}`)
  return right({ scenario, frames, company, run: run.right, beside: beside.right, at })
}

/** The situation of one of a link's runs; null where the design or the scenario is none, which `readLink` refuses. */
export const situationOf = ({ scenario, frames, company }: Link, { design }: LinkedRun): Situation | null => {
  const update = readScenario(scenario)
  const subject = subjectOf(design)
  if (isLeft(update) || subject === null) return null
  return { design: subject, update: { ...update.right, frames }, company }
}

/** A link to a run of an update, as the matrix keeps it. */
export const linkToRun = (
  kept: { readonly scenario: string; readonly frames: number; readonly company: Company },
  run: LinkedRun,
): string => writeLink({ ...kept, run, beside: null, at: run.choices.length })
