import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SCOPES, type ScopeName } from '../../spec/designs/scope.js'
import { staleSource } from '../stale-build.js'

/** Folders and files whose text decides what the matrix says: rules and scope, not how fast it is found. */
const DECIDING = [
  'spec/rules/steps',
  'spec/designs',
  'spec/terms/steps',
  'spec/properties',
  'oracle/designs/workloads.ts',
  'oracle/designs/asked.ts',
  'oracle/designs/matrix.ts',
  'oracle/designs/subjects.ts',
] as const

const isDeciding = (file: string): boolean => file.endsWith('.ts') && !/\.(test|fixture|d)\.ts$/.test(file)

/** The files, by their path from the root; none in a package that was installed without its sources. */
const sourcesIn = (root: string): readonly string[] =>
  DECIDING.flatMap(at => {
    if (!existsSync(join(root, at))) return []
    if (at.endsWith('.ts')) return [at]
    return readdirSync(join(root, at), { encoding: 'utf8' })
      .filter(isDeciding)
      .map(file => `${at}/${file}`)
  }).toSorted()

/** A hash of everything that decides the matrix of a scope; null where the sources are not there. */
export const matrixHash = (root: string, scope: ScopeName): string | null => {
  const files = sourcesIn(root)
  if (files.length === 0) return null
  const hash = createHash('sha256').update(JSON.stringify(SCOPES[scope]))
  for (const file of files) hash.update(`\n${file}\n`).update(readFileSync(join(root, file), 'utf8'))
  return hash.digest('hex')
}

/** A deciding source that was changed after it was compiled, so that workers run it as it was. */
export const staleInBuild = (root: string): string | null => staleSource(root, sourcesIn(root))
