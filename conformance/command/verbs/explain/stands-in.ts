import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const RULES = fileURLToPath(new URL('../../../../spec/rules', import.meta.url))

/** The files of rules: a call's folder before the files above it, which only list what the folders declare. */
const ruleFiles = (): readonly string[] =>
  readdirSync(RULES, { recursive: true, encoding: 'utf8' })
    .filter(file => /\.[jt]s$/.test(file) && !/\.(test|fixture|d)\.ts$/.test(file))
    .sort((a, b) => Number(dirname(a) === '.') - Number(dirname(b) === '.'))

const isRuleOf = (id: string, value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'id' in value && 'rewrite' in value && value.id === id

/** The source file that declares a rule, from the root of the repository; null for a rule that no file exports. */
export const standsIn = async (id: string): Promise<string | null> => {
  let listing: string | null = null
  for (const file of ruleFiles()) {
    const exported: readonly unknown[] = Object.values(await import(pathToFileURL(join(RULES, file)).href))
    const source = `spec/rules/${file.replaceAll('\\', '/').replace(/\.js$/, '.ts')}`
    if (exported.some(value => isRuleOf(id, value))) return source
    // A list may be of rules that another file declares.
    if (exported.flat().some(value => isRuleOf(id, value))) listing ??= source
  }
  return listing
}
