import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { decodeJson, type InputError } from '../../../oracle/wire/decode.js'
import { CatalogueCodec, type MutantEntry } from './catalogue-codec.js'

/** A mutant of the catalogue, with its patch. */
export interface Mutant extends MutantEntry {
  /** A unified diff against the sources, as `git apply` takes it. */
  readonly patch: string
}

const FILE = 'catalogue.json'
const SUFFIX = '.patch'

const wrong = (file: string, path: string, found: string, expected: string): InputError => ({
  file,
  line: null,
  path,
  found,
  expected,
})

/** Reads the catalogue in a directory: every mutant has its patch, every patch its mutant. */
export const readCatalogue = (directory: string): Either<InputError, readonly Mutant[]> => {
  const file = join(directory, FILE)
  let text: string
  let names: readonly string[]
  try {
    text = readFileSync(file, 'utf8')
    names = readdirSync(directory).filter(name => name.endsWith(SUFFIX))
  } catch (error) {
    return left(
      wrong(file, '', error instanceof Error ? error.message : String(error), 'a catalogue of mutants'),
    )
  }
  const decoded = decodeJson(CatalogueCodec, text, { file, line: null })
  if (isLeft(decoded)) return decoded
  const { faults } = decoded.right
  const ids = faults.map(({ id }) => id)
  const twice = ids.find((id, i) => ids.indexOf(id) !== i)
  if (twice !== undefined) return left(wrong(file, 'faults', `two mutants ${twice}`, 'one mutant of each id'))
  const patches = new Set(names.map(name => name.slice(0, -SUFFIX.length)))
  const bare = ids.find(id => !patches.has(id))
  if (bare !== undefined)
    return left(wrong(file, 'faults', `mutant ${bare} alone`, `a patch ${bare}${SUFFIX} beside it`))
  const stray = [...patches].find(name => !ids.includes(name))
  if (stray !== undefined)
    return left(wrong(file, 'faults', `patch ${stray}${SUFFIX} alone`, `a mutant ${stray}`))
  return right(
    faults.map(one => ({ ...one, patch: readFileSync(join(directory, `${one.id}${SUFFIX}`), 'utf8') })),
  )
}
