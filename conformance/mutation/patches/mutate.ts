import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { MutantResult } from '../../reports/mutants/codec.js'
import type { Mutant } from './catalogue.js'
import { type Copy, copySources } from './copy.js'
import { type Running, runSuiteIn, type Suite, type SuiteEnd } from './suites.js'
import { type Trouble, trouble } from './trouble.js'

/** What caught a mutant: the first suite that does not end with every case passed. */
interface Noticed {
  readonly by: string | null
  readonly end: SuiteEnd
  readonly ms: number
}

const CLEAN: SuiteEnd = { kind: 'cases', failed: 0 }

const judge = async (
  { directory }: Copy,
  suites: readonly Suite[],
  id: string | null,
  running: Running,
): Promise<Either<Trouble, Noticed>> => {
  const start = performance.now()
  for (const suite of suites) {
    const ended = await runSuiteIn(directory, suite, id, running)
    if (isLeft(ended)) return ended
    const end = ended.right
    if (end.kind === 'cases' && end.failed === 0) continue
    return right({ by: suite.name, end, ms: Math.round(performance.now() - start) })
  }
  return right({ by: null, end: CLEAN, ms: Math.round(performance.now() - start) })
}

/** Whether the sources pass as they are; or what is wrong with them. Only then is a failure the mutant's. */
export const control = async (
  copy: Copy,
  suites: readonly Suite[],
  running: Running,
): Promise<Trouble | null> => {
  const built = await copy.build(null, running.stop)
  if (isLeft(built)) return built.left
  const noticed = await judge(copy, suites, null, running)
  if (isLeft(noticed)) return noticed.left
  const { by, end } = noticed.right
  if (by === null) return null
  if (end.kind === 'crashed') return trouble('command', null, end.why)
  return trouble('control', null, end.kind === 'hung' ? `${by}: no end` : `${by}: ${end.failed} failed`)
}

/** Runs suites in a fresh copy with a mutant in it. The copy is gone afterwards, whatever happens. */
export const runMutant = async (
  sources: string,
  mutant: Mutant,
  suites: readonly Suite[],
  running: Running,
): Promise<Either<Trouble, MutantResult>> => {
  const { id, source } = mutant
  const copy = await copySources(sources, running.stop)
  try {
    const patched = await copy.patch(id, mutant.patch, running.stop)
    if (isLeft(patched)) return patched
    const built = await copy.build(id, running.stop)
    if (isLeft(built)) return built
    const noticed = await judge(copy, suites, id, running)
    if (isLeft(noticed)) return noticed
    const { by, end, ms } = noticed.right
    const cases = end.kind === 'cases' ? end.failed : 0
    return right({ id, class: mutant.class, source, caughtBy: by, how: end.kind, cases, ms })
  } finally {
    await copy.remove()
  }
}
