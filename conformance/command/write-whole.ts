import { randomUUID } from 'node:crypto'
import { lstat, mkdir, readFile, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import type { InputError } from '../../oracle/wire/decode.js'
import { writeError } from './file-error.js'
import { writePipe } from './named-pipe.js'

/** Where to write: into something that is there and is no regular file, or a file that is put in place when it is whole. */
type Place =
  | { readonly kind: 'through'; readonly path: string; readonly isPipe: boolean }
  | { readonly kind: 'whole'; readonly path: string; readonly mode: number | null }

const ifThere = async <A>(work: Promise<A>): Promise<A | null> =>
  work.catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  })

/** Symbolic links that are followed to a file that does not exist yet. */
const MAX_LINKS = 40

/** Names of what is open already, such as /dev/stdout: a file that replaced one would not be what is open. */
const isOpenAlready = (file: string): boolean => /^\/(dev|proc)\//.test(resolve(file))

/** A device, a pipe or a socket is written through, a symbolic link is followed. */
const placeOf = async (file: string, links = MAX_LINKS): Promise<Place> => {
  const found = await ifThere(stat(file))
  if (found !== null) {
    if (!found.isFile() || isOpenAlready(file)) return { kind: 'through', path: file, isPipe: found.isFIFO() }
    return { kind: 'whole', path: await realpath(file), mode: found.mode & 0o777 }
  }
  const link = await ifThere(lstat(file))
  if (link?.isSymbolicLink() !== true || links === 0) return { kind: 'whole', path: file, mode: null }
  return placeOf(resolve(dirname(file), await readlink(file)), links - 1)
}

/** Makes a folder and those above it. Node's own `recursive` goes round for ever where a folder that is there takes none: /proc. */
const makeFolder = async (folder: string): Promise<void> => {
  if ((await ifThere(stat(folder))) !== null) return
  const above = dirname(folder)
  if (above !== folder) await makeFolder(above)
  await mkdir(folder).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  })
}

/**
 * Writes a file under another name beside it and renames it: a reader sees the old file or the new one, never half of
 * one. What is no regular file is written through, and never replaced; a FIFO that nobody reads is waited for until `stop`.
 */
export const writeWhole = async (
  file: string,
  text: string,
  stop: AbortSignal = new AbortController().signal,
): Promise<Either<InputError, string>> => {
  try {
    const place = await placeOf(file)
    if (place.kind === 'through') {
      if (place.isPipe) await writePipe(place.path, text, stop)
      else await writeFile(place.path, text)
      return right(file)
    }
    const { path, mode } = place
    const part = `${path}.${randomUUID()}.part`
    await makeFolder(dirname(path))
    try {
      await writeFile(part, text, { flag: 'wx', ...(mode === null ? {} : { mode }) })
      await rename(part, path)
    } catch (error) {
      await rm(part, { force: true }).catch(() => undefined) // the error that counts is the other one
      throw error
    }
    return right(file)
  } catch (error) {
    return left(writeError(file, error))
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
