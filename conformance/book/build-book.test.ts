import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { anchorOf } from '../../spec/rules/documents.js'
import { gateText } from '../gates.js'
import { packageRoot } from '../package-root.js'
import { bookMarkdown } from './book-markdown.js'
import { type Book, type BookSources, buildBook } from './build-book.js'
import { differencesHtml, differencesOf, RulesFileCodec, rulesFile } from './differences.js'
import { gather } from './gather.js'
import { oneFile } from './one-file.js'
import { framed } from './page-of.js'

let sources: BookSources
let book: Book

beforeAll(async () => {
  const found = await gather()
  if (isLeft(found)) throw new Error(found.left)
  sources = found.right
  book = built(sources)
})

/** A chapter that names what is not there, or a rule that none shows, fails with what mends it. */
const built = (from: BookSources): Book => {
  try {
    return buildBook(from)
  } catch (error) {
    throw new Error(gateText('a rule without a chapter', String(error)))
  }
}

const idsIn = (html: string): ReadonlySet<string> =>
  new Set([...html.matchAll(/ id="([^"]*)"/g)].map(m => m[1] ?? ''))
const hrefsIn = (html: string): readonly string[] =>
  [...html.matchAll(/ href="([^"]*)"/g)].map(m => m[1] ?? '')

/** Links of a page, from its folder, that lead to no page, or to no place of one. */
const brokenIn = (pages: ReadonlyMap<string, string>, file: string, html: string): readonly string[] => {
  const folder = file.includes('/') ? file.slice(0, file.lastIndexOf('/') + 1) : ''
  return hrefsIn(html).flatMap(href => {
    if (/^[a-z]+:/i.test(href)) return []
    const [path = '', anchor = ''] = href.split('#')
    const at = path === '' ? file : path.startsWith('../') ? path.slice(3) : `${folder}${path}`
    const target = pages.get(at)
    if (target === undefined) return [`${file}: ${href}`]
    const isPlace = anchor === '' || at === 'explorer.html' || idsIn(target).has(anchor)
    return isPlace ? [] : [`${file}: ${href}`]
  })
}

describe('the book', () => {
  it('has no link that leads nowhere', () => {
    const pages = new Map(book.pages.map(page => [page.file, framed(page, book.nav)]))
    const broken = [...pages].flatMap(([file, html]) => brokenIn(pages, file, html))
    expect(pages.size).toBeGreaterThan(50)
    expect(broken).toEqual([])
  })

  it('shows every rule of both grains in a chapter, with its premises, its source and a run that uses it', () => {
    const chapters = book.pages.filter(({ file }) =>
      book.chapters.some(({ slug }) => `${slug}.html` === file),
    )
    const shown = chapters.map(({ body }) => body).join('\n')
    expect(sources.rules.length).toBeGreaterThan(300)
    for (const { id } of sources.rules) expect(shown).toContain(`<article class="rule" id="${id}"`)
    const without = sources.rules.filter(({ id }) => !sources.witnesses.has(id)).map(({ id }) => id)
    expect(without.filter(id => !sources.unused.has(id))).toEqual([])
    expect(sources.rules.filter(({ id }) => !sources.places.has(id)).map(({ id }) => id)).toEqual([])
  })

  it('shows beside the matrix what each design would have needed for recorded boots', () => {
    const page = book.pages.find(({ file }) => file === 'designs.html')?.body ?? ''
    const { recordings = [] } = sources.needs ?? {}
    expect(recordings.length).toBeGreaterThan(3)
    for (const { file, updates, costs } of recordings) {
      expect(page).toContain(`${file}, ${updates} updates`)
      const { calls, swaps, kicks } = costs.find(({ design }) => design === 'batch') ?? {}
      expect(page).toContain(`${calls} / ${swaps} / ${kicks} (`)
    }
  })

  it('is not built where no chapter shows a rule', () => {
    const [first] = sources.rules
    if (first === undefined) throw new Error('no rules')
    const unheard = { ...first, id: 'unheard.of', family: 'unheard' }
    expect(() => buildBook({ ...sources, rules: [...sources.rules, unheard] })).toThrow(
      'no chapter shows unheard.of',
    )
  })

  it('asks for nothing from anywhere: no page has an address of the web in a script, style, image or frame', () => {
    const asking = book.pages.filter(page =>
      / (src|srcset)=|@import|<link|url\(http/.test(framed({ ...page, script: '' }, book.nav)),
    )
    expect(asking.map(({ file }) => file)).toEqual([])
  })

  it('has no two pages of one name', () => {
    const files = book.pages.map(({ file }) => file)
    expect(files.filter((file, i) => files.indexOf(file) !== i)).toEqual([])
  })

  it('says undefined nowhere', () => {
    const wrong = book.pages.filter(
      ({ file, body }) => !file.startsWith('source/') && />undefined|\[object /.test(body),
    )
    expect(wrong.map(({ file }) => file)).toEqual([])
  })

  it('as one page has links within itself only, each of which leads somewhere, and no id twice', () => {
    const html = oneFile(book)
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(m => m[1] ?? '')
    expect(ids.length).toBe(new Set(ids).size)
    const inside = hrefsIn(html).filter(href => !/^[a-z]+:/i.test(href))
    expect(inside.filter(href => !href.startsWith('#'))).toEqual([])
    expect(inside.filter(href => !ids.includes(href.slice(1)))).toEqual([])
  })

  it('as Markdown has every chapter and every rule', () => {
    const text = bookMarkdown(book, sources)
    for (const { title } of book.chapters) expect(text).toContain(`# ${title}`)
    for (const { id } of sources.rules) expect(text).toContain(`#### \`${id}\``)
  })

  it('as Markdown needs no other page: its picture, its matrix, its kernels and its runs are in it, and its links lead from the root', () => {
    const text = bookMarkdown(book, sources)
    expect(text).toContain('DELETE 1   [ hole    ][ hole    ]')
    expect(text).toMatch(/\| batch \|.*\| fails in \d+ \|/)
    expect(text).toMatch(/\| 6\.1 \| 6\.1\S+ \| \d+ \| 0 \|/)
    expect(text).toMatch(/ {2}\d+ {2}vCPU 0 begins a fetch of frame 0\n/)
    expect(text).toContain('✗ no-hole: vCPU 0 fetches frame 0 as a hole')
    const links = [...text.matchAll(/\]\(([^)#][^)#]*)(?:#[^)]*)?\)/g)].map(m => m[1] ?? '')
    expect(links.length).toBeGreaterThan(10)
    expect(links.filter(to => !existsSync(join(packageRoot(), to)))).toEqual([])
    const headings = new Set(
      [...text.matchAll(/^#+ (.+)$/gm)].map(m => anchorOf((m[1] ?? '').replace(/[`*]/g, ''))),
    )
    const inside = [...text.matchAll(/\]\(#([^)]+)\)/g)].map(m => m[1] ?? '')
    expect(inside.length).toBeGreaterThan(1)
    expect(inside.filter(to => !headings.has(to))).toEqual([])
  })
})

describe('two versions of the specification', () => {
  it('that are the same have no difference, and their file is what its codec takes', () => {
    const file = rulesFile(sources.rules, '0.1.0')
    const read = RulesFileCodec.decode(JSON.parse(JSON.stringify(file)))
    if (isLeft(read)) throw new Error('not what its codec says')
    expect(differencesOf(read.right.rules, sources.rules)).toEqual({ added: [], removed: [], changed: [] })
  })

  it('are told apart by rule and field: new, gone, and saying something else', () => {
    const [a, b, c] = sources.rules
    if (a === undefined || b === undefined || c === undefined) throw new Error('no rules')
    const found = differencesOf([a, b], [{ ...a, says: 'Something <else>.' }, c])
    expect(found.added.map(({ id }) => id)).toEqual([c.id])
    expect(found.removed.map(({ id }) => id)).toEqual([b.id])
    expect(found.changed).toEqual([
      { id: a.id, fields: [{ name: 'says', was: a.says, is: 'Something <else>.' }] },
    ])
    const html = differencesHtml(found, 'old', 'new')
    expect(html).toContain('Something &lt;else&gt;.')
    expect(html).toContain('Rules that are new: 1')
  })
})
