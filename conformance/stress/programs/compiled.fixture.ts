import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../package-root.js'

/** Whether there is a compiler for C. */
export const hasCompiler = spawnSync('cc', ['--version']).status === 0

/** Compiles the implementation in C, with these definitions, and returns the program. */
export const compiled = (...defines: readonly string[]): string => {
  const source = join(packageRoot(), 'conformance/fixtures/threads/memslots.c')
  const file = join(mkdtempSync(join(tmpdir(), 'memslot-threads-')), 'memslots')
  const { status, stderr } = spawnSync('cc', ['-O2', '-pthread', ...defines, source, '-o', file])
  if (status !== 0) throw new Error(`cc: ${String(stderr)}`)
  return file
}
