import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../../package-root.js'

/** A function of C, called in this process. Typed arrays go as pointers to their elements, shared ones too. */
export type CFunction = (...given: readonly unknown[]) => unknown

/** A compiled file of this directory. */
export interface CLibrary {
  /** A function by its C declaration, as koffi reads it. */
  readonly func: (declaration: string) => CFunction
}

/** What is missing: the compiler, koffi, or the sources (installed packages come without). */
export interface Missing {
  readonly missing: string
}

interface Koffi {
  load(path: string): { func(declaration: string): CFunction }
}

const HERE = join('conformance', 'bench', 'peers', 'c')
const loaded = new Map<string, CLibrary | Missing>()

/** Compiles `name`.c of this directory with gcc -O2 and loads it, once in a process. */
export const loadC = (name: string): CLibrary | Missing => {
  const known = loaded.get(name)
  if (known !== undefined) return known
  const library = attempt(name)
  loaded.set(name, library)
  return library
}

const attempt = (name: string): CLibrary | Missing => {
  const source = join(packageRoot(), HERE, `${name}.c`)
  if (!existsSync(source)) return { missing: `${name}.c is not part of the installed package` }
  const place = mkdtempSync(join(tmpdir(), 'memslot-c-'))
  try {
    const compiled = join(place, `${name}.so`)
    try {
      execFileSync(
        'gcc',
        ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', compiled, source],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
          encoding: 'utf8',
        },
      )
    } catch (failure) {
      const { code, stderr } = failure as { readonly code?: string; readonly stderr?: string }
      if (code === 'ENOENT') return { missing: 'gcc is not installed' }
      throw new Error(`gcc refuses ${name}.c: ${stderr}`) // ours, and tested
    }
    const koffi = koffiOrMissing()
    return 'missing' in koffi ? koffi : koffi.load(compiled)
  } finally {
    rmSync(place, { recursive: true, force: true }) // what is loaded stays
  }
}

const koffiOrMissing = (): Koffi | Missing => {
  try {
    return createRequire(import.meta.url)('koffi') as Koffi
  } catch {
    return { missing: 'koffi, an optional dependency, is not installed or does not load' }
  }
}
