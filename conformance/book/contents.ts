import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { packageRoot } from '../package-root.js'

/** A page of documentation that is part of the book as it is. */
export interface DocumentPage {
  readonly file: string
  readonly title: string
  /** From the root of the repository. */
  readonly path: string
}

const titleIn = (path: string): string =>
  /^# (.+)$/m.exec(readFileSync(join(packageRoot(), path), 'utf8'))?.[1] ?? path

const evidence = (): readonly string[] =>
  readdirSync(join(packageRoot(), 'docs/evidence'))
    .filter(name => name.endsWith('.md'))
    .sort()
    .map(name => `docs/evidence/${name}`)

const pageFile = (path: string): string =>
  path === 'BUGS_FOUND.md'
    ? 'bugs.html'
    : path.startsWith('docs/evidence/')
      ? `evidence-${path.slice('docs/evidence/'.length).replace(/\.md$/, '').toLowerCase()}.html`
      : `${path.replace(/^.*\//, '').replace(/\.md$/, '').toLowerCase()}.html`

/** The documents that are pages of the book. */
export const documentPages = (): readonly DocumentPage[] =>
  [
    'docs/semantics.md',
    'docs/glossary.md',
    ...evidence(),
    'BUGS_FOUND.md',
    'oracle/TRACE.md',
    'oracle/EXPLORE.md',
    'conformance/PROTOCOL.md',
  ].map(path => ({ file: pageFile(path), title: titleIn(path), path }))

/** A file of the repository that a page links to, as a page of its own: the source where it is there, else what it was compiled to. */
export const sourceText = (path: string): string | null => {
  const root = packageRoot()
  const compiled = `dist/${path.replace(/\.ts$/, '.js')}`
  const at = [path, compiled].find(one => /\.(c|ts|js|json|ndjson)$/.test(one) && existsSync(join(root, one)))
  return at === undefined ? null : readFileSync(join(root, at), 'utf8')
}

export const sourcePage = (path: string): string => `source/${path.replaceAll('/', '-')}.html`

/** A link of a document, from the root of the repository: path and anchor; null for one that leads out of it. */
export const fromRoot = (
  href: string,
  from: string,
): { readonly path: string; readonly anchor: string } | null => {
  if (/^[a-z]+:/i.test(href)) return null
  const [path = '', anchor = ''] = href.split('#')
  const at = path === '' ? from : normalize(join(dirname(from), path)).replaceAll('\\', '/')
  return at.startsWith('..') ? null : { path: at, anchor }
}
