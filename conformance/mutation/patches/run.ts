import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../oracle/wire/decode.js'
import { packageRoot } from '../../package-root.js'
import type { MutantResult, MutantsReport } from '../../reports/mutants/codec.js'
import { type Mutant, readCatalogue } from './catalogue.js'
import { type Copy, copySources, sourcesMissing } from './copy.js'
import { control, runMutant } from './mutate.js'
import { type Suite, suitesFor } from './suites.js'
import { type Trouble, trouble } from './trouble.js'

export interface MutantsOptions {
  /** The checkout whose sources are copied; this package's own without it. */
  readonly root?: string
  /** Only these mutants. */
  readonly ids?: readonly string[]
  /** How many mutants are built and run at a time. */
  readonly workers?: number
  readonly onProgress?: (progress: MutantsProgress) => void
  /** Milliseconds that a suite may take on a copy, far more than any does where nothing is wrong: 180 000. */
  readonly timeLimit?: number
  /** Aborted to end the run: processes are ended, copies removed, and what is known by then is reported. */
  readonly stop?: AbortSignal
}

export interface MutantsProgress {
  readonly done: number
  readonly total: number
  /** The result of the last mutant; null for the control. */
  readonly last: MutantResult | null
}

const CATALOGUE = join('conformance', 'mutation', 'patches', 'catalogue')

const chosen = (
  mutants: readonly Mutant[],
  ids: readonly string[] | undefined,
): Either<Trouble, readonly Mutant[]> => {
  const unknown = ids?.find(id => !mutants.some(mutant => mutant.id === id))
  return unknown === undefined
    ? right(ids === undefined ? mutants : mutants.filter(({ id }) => ids.includes(id)))
    : left(
        trouble(
          'catalogue',
          unknown,
          `there is no mutant ${unknown}: ${mutants.map(({ id }) => id).join(', ')}`,
        ),
      )
}

/** The suites of several mutants, each once. */
const suitesOf = (mutants: readonly Mutant[]): readonly Suite[] => [
  ...new Map(mutants.flatMap(suitesFor).map(suite => [suite.name, suite])).values(),
]

/** Does a job for each item, at most `workers` at a time; the first trouble ends it. */
const each = async <T>(
  items: readonly T[],
  workers: number,
  job: (item: T) => Promise<Trouble | null>,
): Promise<Trouble | null> => {
  let next = 0
  let first: Trouble | null = null
  const worker = async () => {
    while (first === null) {
      const item = items[next++]
      if (item === undefined) return
      const met = await job(item)
      first ??= met
    }
  }
  await Promise.all(Array.from({ length: workers }, worker))
  return first
}

const runCatalogue = async (
  sources: Copy,
  mutants: readonly Mutant[],
  {
    workers,
    onProgress,
    ...running
  }: Required<Pick<MutantsOptions, 'workers' | 'onProgress' | 'stop' | 'timeLimit'>>,
): Promise<Either<Trouble, readonly MutantResult[]>> => {
  const total = mutants.length
  const unclean = await control(sources, suitesOf(mutants), running)
  if (unclean !== null) return unclean.kind === 'interrupted' ? right([]) : left(unclean)
  onProgress({ done: 0, total, last: null })
  const results: MutantResult[] = []
  const met = await each(mutants, workers, async mutant => {
    const result = await runMutant(sources.directory, mutant, suitesFor(mutant), running)
    if (isLeft(result)) return result.left
    results.push(result.right)
    onProgress({ done: results.length, total, last: result.right })
    return null
  })
  return met === null || met.kind === 'interrupted' ? right(results) : left(met)
}

/**
 * Runs the catalogue: each mutant as a patch on a copy of the sources, built, and judged by the suites until one fails.
 * The copy without a mutant comes first and must pass, or a failure afterwards would prove nothing.
 */
export const runMutants = async ({
  root = packageRoot(),
  ids,
  workers = 2,
  onProgress = () => {},
  timeLimit = 180_000,
  stop = new AbortController().signal,
}: MutantsOptions = {}): Promise<Either<Trouble, MutantsReport>> => {
  const missing = sourcesMissing(root)
  if (missing !== null) return left(missing)
  const catalogue = readCatalogue(join(root, CATALOGUE))
  if (isLeft(catalogue)) return left(trouble('catalogue', null, printInputError(catalogue.left)))
  const picked = chosen(catalogue.right, ids)
  if (isLeft(picked)) return picked
  const mutants = picked.right

  // All copies are made from this one: the checkout may be edited meanwhile.
  const sources = await copySources(root, stop)
  try {
    const results = await runCatalogue(sources, mutants, { workers, onProgress, timeLimit, stop })
    if (isLeft(results)) return results
    return right({
      schema: 'memslot-mutants',
      version: 1,
      mutants: mutants.flatMap(({ id }) => results.right.find(result => result.id === id) ?? []),
      total: mutants.length,
      caught: results.right.filter(({ caughtBy }) => caughtBy !== null).length,
      interrupted: stop.aborted,
    })
  } finally {
    await sources.remove()
  }
}
