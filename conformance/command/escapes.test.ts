import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { escaped } from '../reports/html/escaped.js'
import { tableHtml } from '../reports/html/table.js'
import { memslot } from './captured.js'

const folder = mkdtempSync(join(tmpdir(), 'memslot-escapes-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Sets a title, clears the screen in two ways, writes from right to left, and is a page of its own. */
const EVIL =
  'a\u0000\u001b]0;gone\u0007\u001b[2J\u001b[32m\u009b2J\u007f\r\u202e\u2066]]><script>alert("1")</script>&\'b'
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may not be there
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

const harmless = (text: string): void =>
  expect(JSON.stringify(CONTROL.exec(text)?.[0] ?? 'none')).toBe('"none"')

type Json = unknown
/** The value with one string of it replaced, for each string: keys as well. */
const variants = (value: Json): readonly Json[] => {
  if (typeof value === 'string') return [EVIL]
  if (typeof value !== 'object' || value === null) return []
  if (Array.isArray(value))
    return value.flatMap((inner, i) =>
      variants(inner).map(other => value.map((one, j) => (i === j ? other : one))),
    )
  return [
    { ...value, [EVIL]: 1 },
    { ...value, [`x-${EVIL}`]: EVIL },
    ...Object.entries(value).flatMap(([key, inner]) =>
      variants(inner).map(other => ({ ...value, [key]: other })),
    ),
  ]
}

const SET = `{"ev":"header","format":"kvm-memslot-trace","version":1}
{"ev":"call","n":1,"tid":0,"op":"set","as":0,"id":1,"gpa":"0x0","size":"0x1000","hva":"0x1000","flags":0}
{"ev":"return","of":1}
{"ev":"end"}
`

const CORPUS = 'oracle/corpus/good'
const TRACES = ['recorded-choices', 'access-waits-for-batch']

describe('control characters and HTML in a string of others', () => {
  it.each(TRACES)('that stands anywhere in the trace %s reach no terminal', async name => {
    const lines = readFileSync(join(CORPUS, `${name}.ndjson`), 'utf8')
      .trimEnd()
      .split('\n')
    let asked = 0
    for (const [at, line] of lines.entries()) {
      for (const [i, other] of variants(JSON.parse(line)).entries()) {
        const text = lines.map((one, i) => (i === at ? JSON.stringify(other) : one)).join('\n')
        const { out, err } = await memslot(['check', '-', i % 2 === 0 ? '--full' : '--json'], text)
        harmless(out + err)
        asked++
      }
    }
    expect(asked).toBeGreaterThan(20)
  })

  const hostile = (where: string): string => {
    const evil = JSON.stringify(EVIL.replaceAll(/["']/g, '')).replaceAll('"', "'")
    return `stdio:${process.execPath} conformance/command/fixtures/hostile.mjs ${where} "${evil}"`
  }

  it.each(['hello', 'refusal', 'line', 'stderr', 'note', 'choice', 'field'])(
    'that a target puts into its %s reach no terminal',
    async where => {
      for (const json of [[], ['--json']]) {
        const { out, err } = await memslot(['replay', '-', '--target', hostile(where), ...json], SET)
        harmless(out + err)
        if (json.length > 0) expect(JSON.parse(out)).toMatchObject({ schema: 'memslot-replay' })
      }
    },
  )

  it.each(['hello', 'field'])('that a target puts into its %s reach no report', async where => {
    const junit = join(folder, `${where}.xml`)
    const filter = ['--smoke', '--filter', 'by-hand/order/bad-flag-and-overlap']
    const { out, err } = await memslot(['conform', ...filter, '--target', hostile(where), '--junit', junit])
    harmless(out + err)
    const report = readFileSync(junit, 'utf8')
    harmless(report)
    // In a section of character data a tag is none; that such a section cannot be left is seen by what stands outside.
    expect(report.replaceAll(/<!\[CDATA\[.*?\]\]>/gs, '')).not.toContain('<script')
  })

  it('that are an argument reach no terminal', async () => {
    for (const argv of [
      [EVIL],
      ['check', EVIL],
      ['check', `--${EVIL}`],
      ['explain', EVIL],
      ['replay', '-', '--target', EVIL],
      ['conform', '--errors', EVIL],
      ['fuzz', '--seed', EVIL],
      ['explore', EVIL],
      ['rules', '--family', EVIL],
      ['walk', EVIL, '--rip', EVIL],
    ]) {
      const { out, err } = await memslot(argv)
      harmless(out + err)
    }
  })

  it('stand escaped in a page', () => {
    const table = tableHtml(EVIL, {
      columns: [{ head: EVIL, title: EVIL }, { head: EVIL }],
      rows: [[EVIL, { text: EVIL, title: EVIL, link: EVIL }]],
    })
    for (const html of [escaped(EVIL), table]) {
      harmless(html)
      expect(html).not.toContain('<script')
      expect(html).not.toMatch(/="[^"]*alert\("/)
    }
  })
})
