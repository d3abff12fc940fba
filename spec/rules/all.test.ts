import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Rule } from '../rewrite/index.js'
import { allRules } from './all.js'
import { stepRules } from './steps/relation.js'

type AnyRule = Pick<Rule<never>, 'id'>

/** Every rule that a file of this folder exports, alone or in a list. */
const declared = async (): Promise<ReadonlyMap<string, string>> => {
  const isRule = (value: unknown): value is AnyRule =>
    typeof value === 'object' && value !== null && 'id' in value && 'rewrite' in value && 'when' in value
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(file =>
    /(?<!\.test|\.fixture)\.ts$/.test(file),
  )
  const found = new Map<string, string>()
  for (const file of files) {
    const exported = Object.values(await import(join(import.meta.dirname, file)))
    for (const value of exported.flat()) if (isRule(value)) found.set(value.id, `spec/rules/${file}`)
  }
  return found
}

it('every rule that is declared stands in the index, or among the steps', async () => {
  const listed = new Set([...allRules, ...stepRules].map(({ id }) => id))
  const rules = await declared()
  const unlisted = [...rules].filter(([id]) => !listed.has(id))
  const lines = unlisted.map(
    ([id, file]) => `${id} of ${file} stands in no list: add it to the list at the end of its file`,
  )
  expect(lines, lines.join('\n')).toEqual([])
  expect(rules.size).toBeGreaterThanOrEqual(listed.size - 5)
})
