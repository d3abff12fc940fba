import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GATES, gateText } from './gates.js'
import { packageRoot } from './package-root.js'

const textOf = (file: string): string => readFileSync(join(packageRoot(), file), 'utf8')

/** Files and folders of the repository that a text names. */
const pathsIn = (text: string): readonly string[] =>
  [...text.matchAll(/(?:spec|oracle|impl|conformance|docs)\/[\w./-]*\w|README\.md/g)].map(([path]) => path)

describe.each(Object.entries(GATES))('a failure of %s', (name, { test, mend }) => {
  it('says what mends it', () => {
    const text = textOf(test)
    expect(text).toContain(test.startsWith('conformance/') ? `'${name}'` : mend)
  })

  it('names files that exist', () => {
    const named = pathsIn(mend).map(path => (path.includes('NAME') ? dirname(path) : path))
    expect(named.filter(path => !existsSync(join(packageRoot(), path)))).toEqual([])
  })
})

it('a failure has the name of what is stale in its command', () => {
  expect(gateText('frozen cases', 'frozen/batch-errors is stale', 'batch-errors')).toBe(
    'frozen/batch-errors is stale: npm run build && npx memslot cases freeze --only batch-errors',
  )
})
