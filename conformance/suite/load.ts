import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { decodeJson, type InputError } from '../../oracle/wire/decode.js'
import { loadByHand } from '../cases/by-hand/load.js'
import { type Case, CaseCodec } from '../cases/case.js'
import { familyNames } from '../cases/freeze.js'
import { gateText } from '../gates.js'
import { atOnce } from '../give-way.js'
import { packageRoot } from '../package-root.js'
import { matches } from './filter.js'

/** Which cases of the suite are wanted. */
export interface Selection {
  /** Parts of case ids, or patterns with `*`; a case that meets any is taken. None: every case. */
  readonly filter: readonly string[]
  /** A thirtieth of the cases, spread over all families, and every hand-written one. */
  readonly smoke: boolean
}

export const frozenFile = (family: string): string =>
  join(packageRoot(), 'conformance', 'cases', 'frozen', `${family}.ndjson`)

const byHandDirectory = (): string => join(packageRoot(), 'conformance', 'cases', 'by-hand')

const SMOKE_STRIDE = 30

const textOf = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null // a file that cannot be read has no cases
  }
}

/** A family's frozen cases; under `stride` only every n-th line is read. Yields after each line, wanted or not. */
function* readingFamily(
  family: string,
  stride: number,
  wanted: (id: string) => boolean,
): Generator<void, Either<InputError, readonly Case[]>> {
  const file = `${family}.ndjson`
  const text = textOf(frozenFile(family))
  if (text === null)
    return left({
      file,
      line: null,
      path: '',
      found: 'no file',
      expected: `the frozen cases of the family (${gateText('frozen cases', 'there are none yet', family)})`,
    })
  const lines = text.split('\n')
  const cases: Case[] = []
  for (let i = 0; i < lines.length; i += stride) {
    yield
    const text = lines[i]
    if (text === undefined || text === '') continue
    // A line begins with the id: most of a filtered run is not even decoded.
    const id = /^\{"id":"([^"]*)"/.exec(text)?.[1]
    if (id !== undefined && !wanted(id)) continue
    const decoded = decodeJson(CaseCodec, text, { file, line: i + 1 })
    if (isLeft(decoded)) return decoded
    cases.push(decoded.right)
  }
  return right(cases)
}

/** The cases of `loadSuite`, read case by case. */
export function* loadingSuite({
  filter,
  smoke,
}: Selection): Generator<void, Either<InputError, readonly Case[]>> {
  const wanted = matches(filter)
  const cases: Case[] = []
  for (const family of familyNames()) {
    const read = yield* readingFamily(family, smoke ? SMOKE_STRIDE : 1, wanted)
    if (isLeft(read)) return read
    cases.push(...read.right)
  }
  const byHand = loadByHand(byHandDirectory())
  if (isLeft(byHand)) return byHand
  return right([...cases, ...byHand.right].filter(one => wanted(one.id)))
}

/**
 * The cases of the suite: the frozen families and those written by hand, in the order of their families. Left with the
 * file, line and path of the first thing that is no case. Reads the files of this package; takes a few seconds for all.
 *
 * @example
 * const cases = loadSuite({ filter: ['set-errors/', '*overlap*'], smoke: false })
 */
export const loadSuite = (selection: Selection): Either<InputError, readonly Case[]> =>
  atOnce(loadingSuite(selection))
