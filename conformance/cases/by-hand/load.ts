import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { decode, decodeJson, type InputError, type Origin } from '../../../oracle/wire/decode.js'
import { featuresOf } from '../../targets/features.js'
import { type Case, CaseCodec } from '../case.js'

/** What was read from a file or folder, or why it could not be read. */
const reading = <A>(file: string, read: () => A): Either<InputError, A> => {
  try {
    return right(read())
  } catch (reason) {
    const found = reason instanceof Error ? reason.message : String(reason)
    return left({ file, line: null, path: '', found, expected: 'something that can be read' })
  }
}

const parse = (file: string, text: string): Either<InputError, readonly unknown[]> =>
  decodeJson(t.readonlyArray(t.unknown, 'an array of cases'), text, { file, line: null })

/** What the shape of a case cannot say. `needs` stands empty in the files: it follows from `config` and `ops`. */
const ownFault = (one: Case): Pick<InputError, 'path' | 'found' | 'expected'> | null => {
  const { needs, ops, allow } = one
  if (needs.length > 0)
    return { path: 'needs', found: JSON.stringify(needs), expected: 'an empty list: needs are computed' }
  if (ops.length !== allow.length)
    return { path: 'allow', found: `${allow.length} answers`, expected: `one for each of ${ops.length} ops` }
  const silent = allow.findIndex(answers => answers.length === 0)
  if (silent >= 0) return { path: `allow.${silent}`, found: '[]', expected: 'at least one allowed answer' }
  return null
}

const decodeCase = (value: unknown, index: number, origin: Origin): Either<InputError, Case> => {
  const within = (error: Pick<InputError, 'path' | 'found' | 'expected'>): InputError => ({
    ...origin,
    ...error,
    path: error.path === '' ? String(index) : `${index}.${error.path}`,
  })
  const decoded = decode(CaseCodec, value, origin)
  if (isLeft(decoded)) return left(within(decoded.left))
  const fault = ownFault(decoded.right)
  if (fault !== null) return left(within(fault))
  return right({ ...decoded.right, needs: featuresOf(decoded.right.config, decoded.right.ops) })
}

/** The cases of one file; an error names the file and, first in its path, the index of the case. */
export const decodeCases = (file: string, text: string): Either<InputError, readonly Case[]> => {
  const values = parse(file, text)
  if (isLeft(values)) return values
  const cases: Case[] = []
  for (const [index, value] of values.right.entries()) {
    const one = decodeCase(value, index, { file, line: null })
    if (isLeft(one)) return one
    cases.push(one.right)
  }
  return right(cases)
}

/**
 * The expectations written by hand from what real kernels did: every `*.json` of a folder, files in alphabetical
 * order, `needs` computed. Left with the first thing that is wrong, an id that stands twice included.
 */
export const loadByHand = (dir: string): Either<InputError, readonly Case[]> => {
  const listed = reading(dir, () => readdirSync(dir).sort())
  if (isLeft(listed)) return listed
  const all: Case[] = []
  const seen = new Map<string, string>()
  for (const name of listed.right.filter(n => n.endsWith('.json'))) {
    const file = join(dir, name)
    const text = reading(file, () => readFileSync(file, 'utf8'))
    if (isLeft(text)) return text
    const cases = decodeCases(file, text.right)
    if (isLeft(cases)) return cases
    for (const [index, one] of cases.right.entries()) {
      const before = seen.get(one.id)
      if (before !== undefined)
        return left({
          file,
          line: null,
          path: `${index}.id`,
          found: JSON.stringify(one.id),
          expected: `an id not used in ${before}`,
        })
      seen.set(one.id, file)
      all.push(one)
    }
  }
  return right(all)
}
