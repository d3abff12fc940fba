import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { designs } from '../spec/designs/index.js'
import type { Citation } from '../spec/rewrite/index.js'
import { allRules } from '../spec/rules/all.js'
import { anchorOf, MAILS, placeOf, READ_AT, versionsOf } from '../spec/rules/documents.js'
import { stepRules } from '../spec/rules/steps/relation.js'
import { gateText } from './gates.js'
import { packageRoot } from './package-root.js'

const read = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8')

/** The headings of a page of Markdown, as anchors. */
const anchorsIn = (path: string): readonly string[] =>
  [...read(path).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

const cited: readonly { readonly id: string; readonly cites: readonly Citation[] }[] = [
  ...allRules,
  ...stepRules,
  ...designs,
]

describe('every citation of rules, steps and designs', () => {
  it('is there: each names at least one', () => {
    expect(cited.length).toBeGreaterThan(300)
    expect(cited.filter(({ cites }) => cites.length === 0).map(({ id }) => id)).toEqual([])
  })
  it('names a section of this repository, a mail, or a place in Linux', () => {
    const unresolved = cited.flatMap(({ id, cites }) =>
      cites.filter(one => placeOf(one) === null).map(({ source, at }) => `${id}: ${source}, ${at}`),
    )
    expect(unresolved, gateText('a citation that cannot be opened', 'citations name nothing known')).toEqual(
      [],
    )
  })
  it('opens: the page exists and has the heading', () => {
    const closed = cited.flatMap(({ id, cites }) =>
      cites.flatMap(one => {
        const place = placeOf(one)
        if (place === null || place.kind === 'linux') return []
        return anchorsIn(place.path).includes(place.anchor) ? [] : [`${id}: ${place.path}#${place.anchor}`]
      }),
    )
    expect(closed, gateText('a citation that cannot be opened', 'headings are missing')).toEqual([])
  })
  it('of Linux names a file, a function of it, and the one version at which that was read', () => {
    const opened = (file: string, at: string) => placeOf({ source: `linux ${file}`, at })
    expect(opened('virt/kvm/kvm_main.c', 'kvm_set_memslot')).toMatchObject({ kind: 'linux' })
    expect(opened('virt/kvm/kvm_main.c', '')).toBeNull()
    expect(opened('virt/kvm/kvm_main.c', 'kvm_alloc_memslot_metadata')).toBeNull() // it is in arch/x86/kvm/x86.c
    expect(opened('virt/kvm/kvm_main.c', 'kvm_set_memslot, kvm_set_nothing')).toBeNull()
    expect(opened('virt/kvm/eventfd.c', 'kvm_irqfd')).toBeNull()
    for (const functions of Object.values(READ_AT))
      for (const version of Object.values(functions)) expect(version).toMatch(/\d+\.\d+|\/linux [0-9a-f]{12}/)
  })
  it('of Linux is cited by some rule, if it has a version at all', () => {
    const named = new Set(
      cited.flatMap(({ cites }) =>
        cites.flatMap(one => {
          const place = placeOf(one)
          return place?.kind === 'linux' ? place.names.map(name => `${place.file}: ${name}`) : []
        }),
      ),
    )
    const known = Object.entries(READ_AT).flatMap(([file, functions]) =>
      Object.keys(functions).map(name => `${file}: ${name}`),
    )
    expect(known.filter(one => !named.has(one))).toEqual([])
  })
  it('of Linux names functions, and of the manual a section by number', () => {
    const odd = cited.flatMap(({ id, cites }) =>
      cites.flatMap(one => {
        const place = placeOf(one)
        if (place?.kind !== 'linux') return []
        const form = place.file.endsWith('.rst') ? /^\d+\.\d+ \w+$/ : /^\w+$/
        return place.names.filter(name => !form.test(name)).map(name => `${id}: ${name}`)
      }),
    )
    expect(odd).toEqual([])
  })
})

describe('the pages of evidence', () => {
  it('list every mail that may be cited, by sender, date, subject and Message-ID', () => {
    const page = read('docs/evidence/thread.md')
    const missing = Object.values(MAILS).filter(
      ({ sender, date, subject, messageId }) =>
        !page.includes(`| ${sender} | ${date} | ${subject} | \`<${messageId}>\` |`),
    )
    expect(missing).toEqual([])
  })
  it('list every function of Linux that may be cited, with its file and the version that was read', () => {
    const page = read('docs/evidence/README.md')
    const files = Object.keys(READ_AT) as readonly (keyof typeof READ_AT)[]
    const rows = files.flatMap(file =>
      versionsOf(file).map(
        ({ version, names }) =>
          `| \`${file}\` | ${version} | ${names.map(name => `\`${name}\``).join(', ')} |`,
      ),
    )
    expect(rows.filter(row => !page.includes(row))).toEqual([])
  })
})

describe('the pages of docs/', () => {
  const ids = new Set([...allRules, ...stepRules].map(({ id }) => id))
  const families = new Set([...ids].map(id => id.split('.')[0]))
  it('name rules that exist', () => {
    const named = ['docs/semantics.md', 'docs/evidence/thread.md', 'README.md', 'BUGS_FOUND.md'].flatMap(
      page =>
        [...read(page).matchAll(/`([a-z][a-z-]*)\.([a-z0-9-]+)`/g)]
          .filter(([, family = '']) => families.has(family))
          .map(([, family = '', name = '']) => ({ page, id: `${family}.${name}` })),
    )
    expect(named.length).toBeGreaterThan(20)
    const REMOVED = ['ring.flags']
    expect(named.filter(({ id }) => !ids.has(id) && !REMOVED.includes(id))).toEqual([])
  })
})
