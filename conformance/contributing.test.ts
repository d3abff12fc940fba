import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { memslot } from './command/captured.js'
import { GATES } from './gates.js'
import { packageRoot } from './package-root.js'

const page = readFileSync(join(packageRoot(), 'CONTRIBUTING.md'), 'utf8')

/** What the page has between backticks. */
const code = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text)

/** Files and folders that the page names; where the last part is the reader's to choose, the folder it is in. */
const paths = [...page.matchAll(/(?:spec|oracle|impl|conformance|docs|\.ci)\/[\w./-]*/g)]
  .map(([path]) => path.replace(/\.$/, ''))
  .map(path => (/\/(ID|NAME)\b[^/]*$/.test(path) ? dirname(path) : path))

/** `memslot` commands that the page names, each as its verbs and its options. */
const commands = code.flatMap(text =>
  [...text.matchAll(/npx memslot ([^&]+)/g)].map(([, line = '']) => {
    const words = line.trim().split(/\s+/)
    const verbs = words[0] === 'cases' ? words.slice(0, 2) : words.slice(0, 1)
    return { line: line.trim(), verbs, options: words.filter(word => word.startsWith('--')) }
  }),
)

describe('CONTRIBUTING.md', () => {
  it('names files and folders that exist', () => {
    expect(paths.length).toBeGreaterThan(60)
    expect(paths.filter(path => !existsSync(join(packageRoot(), path)))).toEqual([])
  })

  it.each(commands)('names a command that exists: memslot $line', async ({ verbs, options }) => {
    const { out, status } = await memslot([...verbs, '--help'])
    expect([status, out.split('\n')[0]]).toEqual([0, expect.stringContaining(verbs.join(' '))])
    expect(options.filter(option => !out.includes(option))).toEqual([])
  })

  it('links to headings of its own that exist', () => {
    const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    )
    const linked = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor)
    expect(linked.filter(anchor => !headings.includes(anchor ?? ''))).toEqual([])
  })

  it('has the table of what fails and what mends it, as conformance/gates.ts has it', () => {
    const rows = Object.values(GATES).map(({ test, fails, mend }) => `| \`${test}\` | ${fails} | ${mend} |`)
    const shown = page.split('\n').filter(line => /^\| `[\w./-]+\.test\.ts` \|/.test(line))
    expect(shown, `the table is another: write these rows\n${rows.join('\n')}`).toEqual(rows)
  })
})
