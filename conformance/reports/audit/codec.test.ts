import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { AuditReport } from './codec.js'
import { AuditComparison } from './comparison/codec.js'

const page = readFileSync(fileURLToPath(new URL('REPORT.md', import.meta.url)), 'utf8')

/** The names of all fields of a codec, however deep. */
const fieldsOf = (codec: t.Mixed): ReadonlySet<string> => {
  const names = new Set<string>()
  const look = (one: t.Mixed): void => {
    if (one instanceof t.InterfaceType)
      for (const [name, inner] of Object.entries(one.props as Record<string, t.Mixed>)) {
        names.add(name)
        look(inner)
      }
    if (one instanceof t.ArrayType) look(one.type)
    if (one instanceof t.UnionType) for (const inner of one.types as t.Mixed[]) look(inner)
  }
  look(codec)
  return names
}

describe('the page on the JSON of an audit', () => {
  it.each([
    ['the report', AuditReport],
    ['a comparison', AuditComparison],
  ])('names every field of %s', (_, codec) => {
    const fields = [...fieldsOf(codec)]
    expect(fields.length).toBeGreaterThan(5)
    expect(fields.filter(name => !new RegExp(`\`${name}(?:\\[\\])?\``).test(page))).toEqual([])
  })
  it('names the version that is written', () => {
    expect(page).toContain('version 2')
    expect(AuditReport.props.version.value).toBe(2)
  })
})
