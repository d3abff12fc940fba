import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { anchorOf } from '../spec/rules/documents.js'
import { gateText } from './gates.js'
import { packageRoot } from './package-root.js'

const root = packageRoot()
const ELSEWHERE = new Set(['node_modules', 'dist', '.git', 'coverage'])

const pagesUnder = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap(entry => {
    const at = normalize(join(folder, entry.name))
    if (entry.isDirectory()) return ELSEWHERE.has(entry.name) ? [] : pagesUnder(at)
    return entry.name.endsWith('.md') ? [at] : []
  })

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** A page without what stands in blocks of code. */
const prose = (page: string): string => read(page).replace(/^(```|~~~)[\s\S]*?^\1/gm, '')

interface Link {
  readonly page: string
  readonly text: string
  /** The file it leads to, from the root; the page itself where the link is an anchor alone. */
  readonly path: string
  readonly anchor: string
}

const linksOf = (page: string): readonly Link[] =>
  [...prose(page).matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].flatMap(([, text = '', to = '']) => {
    if (/^[a-z]+:/.test(to)) return []
    const [path = '', anchor = ''] = to.split('#')
    return [{ page, text, path: path === '' ? page : normalize(join(dirname(page), path)), anchor }]
  })

/** Anchors of a page's headings; the second of one name has `-1` behind it. */
const anchorsOf = (page: string): ReadonlySet<string> => {
  const anchors = new Set<string>()
  for (const [, heading = ''] of prose(page).matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = anchorOf(heading)
    let n = 0
    while (anchors.has(n === 0 ? plain : `${plain}-${n}`)) n++
    anchors.add(n === 0 ? plain : `${plain}-${n}`)
  }
  return anchors
}

const pages = pagesUnder('.')
const links = pages.flatMap(linksOf)

describe('the pages of the repository', () => {
  it('are found, and link to each other', () => {
    expect(pages).toContain('docs/semantics.md')
    expect(links.length).toBeGreaterThan(80)
  })
  it('link to files that exist', () => {
    const dead = links.filter(({ path }) => path.startsWith('..') || !existsSync(join(root, path)))
    expect(
      dead.map(({ page, path }) => `${page}: ${path}`),
      gateText('a dead link', 'files are not there'),
    ).toEqual([])
  })
  it('link to headings that exist', () => {
    const dead = links.filter(
      ({ path, anchor }) => anchor !== '' && path.endsWith('.md') && !anchorsOf(path).has(anchor),
    )
    expect(
      dead.map(({ page, path, anchor }) => `${page}: ${path}#${anchor}`),
      gateText('a dead link', 'headings are not there'),
    ).toEqual([])
  })
  it('name in code, where they link to a source, what is in that source', () => {
    const wrong = links.filter(({ text, path }) => {
      const [, name] = /^`([A-Za-z]\w*)`$/.exec(text) ?? []
      if (name === undefined || !/\.[jt]s$/.test(path) || !existsSync(join(root, path))) return false
      return !new RegExp(`\\b${name}\\b`).test(read(path))
    })
    expect(
      wrong.map(({ page, text, path }) => `${page}: ${text} is not in ${path}`),
      gateText('a dead link', 'names are not there'),
    ).toEqual([])
  })
  it('name files in code that exist', () => {
    const named = pages.flatMap(page =>
      [
        ...prose(page).matchAll(/`((?:spec|oracle|impl|conformance|docs)\/[\w./-]+\.(?:ts|md|json|wat))`/g),
      ].map(([, path = '']) => ({ page, path })),
    )
    expect(named.length).toBeGreaterThan(20)
    const gone = named.filter(({ path }) => !existsSync(join(root, path)))
    expect(gone.map(({ page, path }) => `${page}: ${path}`)).toEqual([])
  })
  it('name no path of a machine', () => {
    const told = pages.filter(page => /(?<![\w.])\/(?:work|home|root)\//.test(read(page)))
    expect(told).toEqual([])
  })
})

describe('docs/architecture.md', () => {
  const page = read('docs/architecture.md')
  const rows = [...page.matchAll(/^### (spec|oracle|impl|conformance)\n([\s\S]*?)(?=^#)/gm)].flatMap(
    ([, room = '', table = '']) =>
      [...table.matchAll(/^\| `([\w-]+)` \|([^|]*)\|/gm)].map(([, folder = '', imports = '']) => ({
        room,
        folder,
        imports: imports
          .split(',')
          .map(name => name.trim())
          .filter(name => name !== ''),
      })),
  )
  // An empty folder, as a move of files leaves behind, is none of the repository's.
  const isFolder = (at: string) =>
    statSync(join(root, at)).isDirectory() && readdirSync(join(root, at)).length > 0

  it('has every folder of every room', () => {
    const told = rows.map(({ room, folder }) => `${room}/${folder}`)
    const data = ['oracle/corpus', 'conformance/fixtures']
    const there = ['spec', 'oracle', 'impl', 'conformance'].flatMap(room =>
      readdirSync(join(root, room))
        .map(name => `${room}/${name}`)
        .filter(isFolder),
    )
    expect(
      told.toSorted(),
      gateText('the table of folders', 'docs/architecture.md has other folders than there are'),
    ).toEqual(there.filter(at => !data.includes(at)).toSorted())
  })
  it.each(rows)('says what $room/$folder imports of its room', ({ room, folder, imports }) => {
    const files = readdirSync(join(root, room, folder), { recursive: true, encoding: 'utf8' })
      .map(file => join(room, folder, file))
      .filter(file => /\.ts$/.test(file) && !/\.(test|fixture)\.ts$|fixtures\//.test(file))
    const imported = files.flatMap(file =>
      [...read(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)]
        .map(([, from = '']) => normalize(join(dirname(file), from)).split('/'))
        .filter(at => at[0] === room && at.length > 2)
        .map(at => at[1] ?? ''),
    )
    const others = [...new Set(imported)].filter(name => name !== folder)
    expect(
      others.toSorted(),
      gateText('the table of folders', `${folder} imports other folders than docs/architecture.md says`),
    ).toEqual(imports.toSorted())
  })
})
