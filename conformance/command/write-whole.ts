import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { InputError } from '../../oracle/wire/decode.js'
import { fileError } from './read-input.js'

/** Writes a file under another name and renames it: a reader sees the old file or the new one, never half of one. */
export const writeWhole = async (file: string, text: string): Promise<Either<InputError, string>> => {
  const part = `${file}.${process.pid}.part`
  try {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(part, text)
    await rename(part, file)
    return right(file)
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined) // the error that counts is the one above
    return left(fileError(file, error, 'a file that can be written'))
  }
}

/** What stands in a file; null where there is none. */
export const readIfThere = async (file: string): Promise<string | null> => {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return null // if it cannot be read for another reason, writing it will fail and say so
  }
}
