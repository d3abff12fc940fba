import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { missingOf, modelPath } from './peer.js'

/** What koffi is asked for: functions by their C prototypes. */
interface Koffi {
  readonly load: (path: string) => { readonly func: (prototype: string) => (...args: never[]) => never }
}

/** A C file of `c/`, compiled. `function` gives one of its functions, whose type the caller vouches for. */
export interface Native {
  readonly function: <F extends (...args: never[]) => unknown>(prototype: string) => F
}

const require = createRequire(import.meta.url)

const koffi = (): Koffi | null => {
  try {
    return require('koffi')
  } catch {
    return null
  }
}

/** Why there are no C peers here; null where there are. */
export const missingNative = (): string | null =>
  missingOf(['gcc'], 'c/lookup.c') ?? (koffi() === null ? 'not installed: koffi' : null)

const compiled = new Map<string, Native>()

/**
 * Compiles a C file, at most once, and loads it into this process: one call runs a whole loop, so that what the call
 * itself costs is lost in it. Only where `missingNative` is null.
 */
export const nativeOf = (file: 'lookup' | 'hva' | 'update' | 'walk' | 'dirty' | 'kvm'): Native => {
  const known = compiled.get(file)
  if (known !== undefined) return known
  const place = mkdtempSync(join(tmpdir(), 'memslot-peer-'))
  try {
    const library = join(place, `${file}.so`)
    execFileSync('gcc', [
      '-O2',
      '-Wall',
      '-shared',
      '-fPIC',
      '-o',
      library,
      modelPath(join('c', `${file}.c`)),
    ])
    const loaded = (koffi() as Koffi).load(library) // stays loaded when its file is gone
    const native: Native = { function: prototype => loaded.func(prototype) as never }
    compiled.set(file, native)
    return native
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}
