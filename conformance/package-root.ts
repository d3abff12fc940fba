import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The directory of the package: the nearest one above this file, compiled or not, that has a `package.json`. */
export const packageRoot = (): string => {
  let at = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(at, 'package.json'))) {
    if (dirname(at) === at) throw new Error('no package.json above this file') // a package always has one
    at = dirname(at)
  }
  return at
}
