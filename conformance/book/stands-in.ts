import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const RULES = fileURLToPath(new URL('../../spec/rules', import.meta.url))

/** The files of rules: a call's folder before the files above it, which only list what the folders declare. */
const ruleFiles = (): readonly string[] =>
  readdirSync(RULES, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.[jt]s$/.test(file) && !/\.(test|fixture|d)\.ts$/.test(file))
    .sort((a, b) => Number(dirname(a) === '.') - Number(dirname(b) === '.'))

const ruleId = (value: unknown): readonly string[] =>
  typeof value === 'object' &&
  value !== null &&
  'rewrite' in value &&
  'id' in value &&
  typeof value.id === 'string'
    ? [value.id]
    : []

/** The source file that declares each rule, from the root of the repository. */
export const rulePlaces = async (): Promise<ReadonlyMap<string, string>> => {
  const declared = new Map<string, string>()
  const listed = new Map<string, { readonly source: string; readonly of: number }>()
  for (const file of ruleFiles()) {
    const exported: readonly unknown[] = Object.values(await import(pathToFileURL(join(RULES, file)).href))
    const source = `spec/rules/${file.replaceAll('\\', '/').replace(/\.js$/, '.ts')}`
    for (const id of exported.flatMap(ruleId)) if (!declared.has(id)) declared.set(id, source)
    // A list may be of rules that another file declares, or lists: the shortest one is the nearest.
    const ids = exported.flat().flatMap(ruleId)
    for (const id of ids)
      if (ids.length < (listed.get(id)?.of ?? Number.POSITIVE_INFINITY))
        listed.set(id, { source, of: ids.length })
  }
  return new Map([...[...listed].map(([id, { source }]) => [id, source] as const), ...declared])
}

/** The source file that declares a rule; null for a rule that no file exports. */
export const standsIn = async (id: string): Promise<string | null> => (await rulePlaces()).get(id) ?? null
