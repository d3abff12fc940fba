import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, it } from 'vitest'
import { packageRoot } from '../package-root.js'

const root = packageRoot()

/** The files that a file loads when it is loaded: its static imports, without types. */
const loads = (file: string, found = new Set<string>()): ReadonlySet<string> => {
  if (found.has(file)) return found
  found.add(file)
  const text = readFileSync(join(root, file), 'utf8')
  for (const [, from = ''] of text.matchAll(/^(?:import|export)\s(?!type\s)[^'"`;]*?from\s*'([^']+)'/gm)) {
    const next = from.startsWith('.') ? join(dirname(file), from).replace(/\.js$/, '.ts') : from
    if (from.startsWith('.')) loads(relative('.', next), found)
    else found.add(from)
  }
  return found
}

it('a help page loads the declarations of verbs, but no verb, no other room and no library but commander', () => {
  const loaded = [...loads('conformance/command/main.ts')]
  expect(loaded).toContain('conformance/command/verbs/conform/declare.ts')
  expect(
    loaded.filter(file => /\/verbs\/[^/]+\/(?!declare\.ts)/.test(file) || /^(spec|oracle|impl)\//.test(file)),
  ).toEqual([])
  expect(
    loaded.filter(file => !file.includes('/') && !file.startsWith('node:') && file !== 'commander'),
  ).toEqual([])
})
