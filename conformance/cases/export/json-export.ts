import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../package-root.js'
import { type Case, CaseCodec } from '../case.js'

const HERE = 'conformance/cases/export'

/** What stands beside the cases: how they are read, their schema, and an interpreter. */
const BESIDE = ['INTERPRETING.md', 'case.schema.json', 'interpret.py'] as const

/** A file of an export, by its path in the directory. */
export interface ExportedFile {
  readonly path: string
  readonly text: string
}

const fileOf = ({ id }: Case): string => `cases/${id.split('/')[0] ?? id}.ndjson`

/** The suite for someone without TypeScript: a file of cases for each family, and what is needed to read them. */
export const jsonExport = (cases: readonly Case[]): readonly ExportedFile[] => {
  const lines = new Map<string, string[]>()
  for (const one of cases) {
    const line = JSON.stringify(CaseCodec.encode(one))
    const file = lines.get(fileOf(one))
    if (file === undefined) lines.set(fileOf(one), [line])
    else file.push(line)
  }
  return [
    ...BESIDE.map(path => ({ path, text: readFileSync(join(packageRoot(), HERE, path), 'utf8') })),
    ...[...lines].map(([path, of]) => ({ path, text: `${of.join('\n')}\n` })),
  ]
}
