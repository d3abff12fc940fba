import type { InputError } from '../../oracle/wire/decode.js'

const PLACES: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a directory',
  ENOTDIR: 'a path through something that is no directory',
  ELOOP: 'symbolic links that lead nowhere',
  ENAMETOOLONG: 'a name that is too long',
  EIO: 'a failing device',
}
const READING: Readonly<Record<string, string>> = {
  ...PLACES,
  EACCES: 'a file that this user may not read',
}
const WRITING: Readonly<Record<string, string>> = {
  ...PLACES,
  ENOENT: 'no such folder',
  EACCES: 'a place where this user may not write',
  EPERM: 'a place where this user may not write',
  EROFS: 'a file system that can only be read',
  ENOSPC: 'no space left',
  EDQUOT: 'no space left to this user',
  EFBIG: 'a file that would be too large',
  ENXIO: 'nobody who reads it',
  EPIPE: 'nobody who reads it any longer',
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'

const fileError = (
  file: string,
  error: unknown,
  words: Readonly<Record<string, string>>,
  expected: string,
): InputError => {
  const code = codeOf(error)
  return { file, line: null, path: '', found: `${words[code] ?? 'an error'} (${code})`, expected }
}

/** Why a file could not be read. */
export const readError = (file: string, error: unknown, expected = 'a file that can be read'): InputError =>
  fileError(file, error, READING, expected)

/** Why a file could not be written. */
export const writeError = (file: string, error: unknown): InputError =>
  fileError(file, error, WRITING, 'a file that can be written')
