import { isLeft } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { counted, nounFor } from '../../../../spec/terms/counted.js'
import { packageRoot } from '../../../package-root.js'
import type { FreezeReport } from '../../../reports/freeze/codec.js'
import { sourcesBelow, staleSource, staleText } from '../../../stale-build.js'
import { noSuch } from '../../did-you-mean.js'
import { complain, type Io, say, sayJson, stopOf } from '../../io.js'
import { progressOf } from '../../progress.js'
import { type FrozenFamily, frozenFamilies } from '../../refreeze.js'
import { EXIT, type ExitStatus } from '../../status.js'

export interface FreezeOptions {
  /** Only these families; none named: all of them. */
  readonly only?: readonly string[]
  /** Prints the difference and writes nothing. */
  readonly check?: boolean
  readonly json?: boolean
}

/** Folders whose text decides what is frozen. */
const DECIDING = ['spec', 'oracle/check', 'oracle/wire', 'conformance/cases'] as const

/** A source that this process does not run as it stands; none where it runs from the sources themselves. */
const staleHere = (): string | null => {
  const root = packageRoot()
  const isCompiled = import.meta.url.includes('/dist/')
  return isCompiled
    ? staleSource(
        root,
        DECIDING.flatMap(folder => sourcesBelow(root, folder)),
      )
    : null
}

/** What is wrong with what was asked for. */
const mistakesIn = ({ only = [] }: FreezeOptions): readonly string[] => {
  const names = frozenFamilies.map(({ name }) => name)
  const unknown = only.filter(name => !names.includes(name))
  const stale = staleHere()
  return [
    ...unknown.map(name => noSuch('family', name, names)),
    ...(stale === null ? [] : [staleText(stale)]),
  ]
}

const summary = (families: number, differing: number, check: boolean): string =>
  differing === 0
    ? `${counted(families, 'family', 'families')}: frozen as the specification stands`
    : `${differing} of ${counted(families, 'family', 'families')} ${check ? nounFor(differing, 'differs', 'differ') : `differed, and ${nounFor(differing, 'was', 'were')} rewritten,`} from the specification as it stands`

/** Regenerates the frozen cases from the specification as it stands, and prints what that changes, for review. */
export const casesFreeze = async (options: FreezeOptions, io: Io): Promise<ExitStatus> => {
  const { only = [], check = false, json = false } = options
  const wrong = mistakesIn(options)
  for (const line of wrong) complain(io, line)
  if (wrong.length > 0) return EXIT.usage
  const families: readonly FrozenFamily[] =
    only.length === 0 ? frozenFamilies : frozenFamilies.filter(({ name }) => only.includes(name))
  const progress = await progressOf(io, 'cases freeze')
  const differing: FreezeReport['families'][number][] = []
  let done = 0
  for (const [i, { name, refreeze }] of families.entries()) {
    progress.at(i, families.length, name)
    const refrozen = await refreeze(stopOf(io))
    if (stopOf(io).aborted) break
    done++
    if (refrozen === null) continue
    differing.push({ family: name, ...refrozen.changes })
    const written = check ? null : await refrozen.write()
    if (written !== null && isLeft(written)) {
      progress.end()
      complain(io, printInputError(written.left))
      return EXIT.usage
    }
    if (!json) say(io, refrozen.text)
  }
  progress.end()
  if (json)
    sayJson(io, {
      schema: 'memslot-freeze',
      version: 1,
      written: !check,
      families: differing,
    } satisfies FreezeReport)
  else if (stopOf(io).aborted)
    say(
      io,
      ...(done === 0 ? [] : [summary(done, differing.length, check)]),
      `interrupted: ${families.length - done} of ${counted(families.length, 'family', 'families')} not asked`,
    )
  else say(io, summary(families.length, differing.length, check))
  if (stopOf(io).aborted) return EXIT.interrupted
  return check && differing.length > 0 ? EXIT.deviation : EXIT.expected
}
