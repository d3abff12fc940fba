import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { Mutant } from './catalogue.js'
import { type Copy, copySources } from './copy.js'
import type { MutantResult } from './report-codec.js'
import { runSuiteIn, type Suite } from './suites.js'
import { type Trouble, trouble } from './trouble.js'

/** What noticed a copy's faults: the first suite in which cases fail. */
interface Noticed {
  readonly by: string | null
  readonly cases: number
  readonly ms: number
}

const judge = async (
  { directory }: Copy,
  suites: readonly Suite[],
  id: string | null,
  stop: AbortSignal,
): Promise<Either<Trouble, Noticed>> => {
  const start = performance.now()
  for (const suite of suites) {
    const failed = await runSuiteIn(directory, suite, id, stop)
    if (isLeft(failed)) return failed
    if (failed.right > 0)
      return right({ by: suite.name, cases: failed.right, ms: Math.round(performance.now() - start) })
  }
  return right({ by: null, cases: 0, ms: Math.round(performance.now() - start) })
}

/** Nothing wrong with the sources as they are, or what is: whatever is noticed in a mutant is then the mutant's alone. */
export const control = async (
  copy: Copy,
  suites: readonly Suite[],
  stop: AbortSignal,
): Promise<Trouble | null> => {
  const built = await copy.build(null, stop)
  if (isLeft(built)) return built.left
  const noticed = await judge(copy, suites, null, stop)
  if (isLeft(noticed)) return noticed.left
  const { by, cases } = noticed.right
  return by === null ? null : trouble('control', null, `${by}: ${cases} failed`)
}

/** Runs suites in a fresh copy with a fault in it. The copy is gone afterwards, whatever happens. */
export const runMutant = async (
  sources: string,
  mutant: Mutant,
  suites: readonly Suite[],
  stop: AbortSignal,
): Promise<Either<Trouble, MutantResult>> => {
  const { id, source } = mutant
  const copy = await copySources(sources)
  try {
    const patched = await copy.patch(id, mutant.patch, stop)
    if (isLeft(patched)) return patched
    const built = await copy.build(id, stop)
    if (isLeft(built)) return built
    const noticed = await judge(copy, suites, id, stop)
    if (isLeft(noticed)) return noticed
    const { by, cases, ms } = noticed.right
    return right({ id, class: mutant.class, source, caughtBy: by, cases, ms })
  } finally {
    await copy.remove()
  }
}
