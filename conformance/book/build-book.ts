import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { namesOf, subjects } from '../../oracle/designs/subjects.js'
import { properties } from '../../spec/properties/properties.js'
import type { KeptRuns } from '../designs/kept-runs.js'
import type { KernelResults } from '../kernels/results.js'
import { packageRoot } from '../package-root.js'
import type { DesignsReport } from '../reports/designs/codec.js'
import type { RecordedReport } from '../reports/designs/recorded-codec.js'
import { escaped } from '../reports/html/escaped.js'
import { type Chapter, readChapters } from './chapters.js'
import { documentPages, fromRoot, sourcePage, sourceText } from './contents.js'
import { linkToRun } from './explorer/link.js'
import { kernelsHtml } from './kernels-table.js'
import { markdownHtml } from './markdown.js'
import { cellLink, keptRun, matrixHtml, matrixPageHtml } from './matrix-page.js'
import type { BookPage, NavEntry } from './page-of.js'
import { PROBLEM_PICTURE } from './problem-picture.js'
import { questionsHtml } from './questions-page.js'
import type { RuleFacts } from './rule-facts.js'
import { ruleHtml } from './rule-html.js'
import { rulesPageHtml } from './rules-page.js'
import { linkToWanted, runWords } from './run-link.js'
import { BookError, type Part, partsOf } from './splice.js'
import { EXPLORER_STYLE } from './style.js'
import type { Witness } from './witnesses.js'

/** Everything that the book shows beside its prose. */
export interface BookSources {
  readonly rules: readonly RuleFacts[]
  /** The file that declares each rule. */
  readonly places: ReadonlyMap<string, string>
  readonly witnesses: ReadonlyMap<string, Witness>
  /** Why no run uses a rule, where none does. */
  readonly unused: ReadonlyMap<string, string>
  /** Kernels that confirmed each rule. */
  readonly kernels: ReadonlyMap<string, readonly string[]>
  /** The kernels that were asked. */
  readonly asked: readonly KernelResults[]
  readonly matrix: DesignsReport
  readonly runs: KeptRuns
  /** What each design would have needed for recorded boots; null where nothing is kept of that. */
  readonly needs: RecordedReport | null
  /** The explorer's script, compiled. */
  readonly explorer: string
}

/** The pages of the book, in order, and the way around them. */
export interface Book {
  readonly pages: readonly BookPage[]
  readonly nav: readonly NavEntry[]
  readonly chapters: readonly Chapter[]
}

const lineOf = (path: string, id: string): number =>
  Math.max(
    1,
    (sourceText(path) ?? '')
      .split('\n')
      .findIndex(line => line.includes(`'${id}'`) || line.includes(`"${id}"`)) + 1,
  )

const sourceHtml = (path: string): string => `<h1><code>${escaped(path)}</code></h1>
<pre class="source" tabindex="0">${(sourceText(path) ?? '')
  .split('\n')
  .map(
    (line, i) =>
      `<span id="L${i + 1}"><a href="#L${i + 1}">${String(i + 1).padStart(4)}</a>  ${escaped(line)}</span>`,
  )
  .join('\n')}</pre>`

/** Words in backquotes that look like the name of a rule, of one of its families. */
const looksLikeRule = (name: string, families: ReadonlySet<string>): boolean =>
  /^[a-z-]+\.[a-z0-9-]+$/.test(name) &&
  families.has(name.split('.')[0] ?? '') &&
  !/\.(ts|md|json)$/.test(name)

/** Pages that are read one after the other, each with the way to its neighbours. */
const inOrder = (pages: readonly BookPage[]): readonly BookPage[] =>
  pages.map((page, i) => {
    const [before, after] = [pages[i - 1], pages[i + 1]]
    return {
      ...page,
      ...(before === undefined ? {} : { before: { file: before.file, title: before.title } }),
      ...(after === undefined ? {} : { after: { file: after.file, title: after.title } }),
    }
  })

/**
 * Builds every page.
 *
 * @throws BookError where a chapter names a rule, a design, a property or a run that does not exist, or where no chapter shows a
 * rule.
 */
export const buildBook = (from: BookSources): Book => {
  const { rules, places, witnesses, unused, kernels, matrix, runs, needs } = from
  const chapters = readChapters()
  const ids = rules.map(({ id }) => id)
  const families = new Set(rules.map(({ family }) => family))
  const documents = documentPages()
  const wantedSources = new Set<string>(places.values())

  const shownIn = new Map<string, string>()
  const parts = new Map(chapters.map(({ slug, text }) => [slug, partsOf(text, ids, slug)] as const))
  for (const [slug, all] of parts)
    for (const part of all)
      if (part.kind === 'rules')
        for (const id of part.ids) if (!shownIn.has(id)) shownIn.set(id, `${slug}.html`)
  const unshown = ids.filter(id => !shownIn.has(id))
  if (unshown.length > 0) throw new BookError('spec/book', `no chapter shows ${unshown.join(', ')}`)

  const ruleLink = (id: string): string | null => {
    const page = shownIn.get(id)
    return page === undefined ? null : `${page}#${id}`
  }
  const relink =
    (fromPath: string) =>
    (href: string): string | null => {
      const place = fromRoot(href, fromPath)
      if (place === null) return null
      const anchor = place.anchor === '' ? '' : `#${place.anchor}`
      const chapter = chapters.find(({ path }) => path === place.path)
      if (chapter !== undefined) return `${chapter.slug}.html${anchor}`
      const document = documents.find(({ path }) => path === place.path)
      if (document !== undefined) return `${document.file}${anchor}`
      if (place.path === 'conformance/designs/matrix.json') return 'designs.html'
      if (sourceText(place.path) === null) return null
      wantedSources.add(place.path)
      return `${sourcePage(place.path)}${anchor}`
    }
  const nameLink =
    (at: string, strict: boolean) =>
    (name: string): string | null => {
      const rule = ruleLink(name)
      if (rule !== null) return rule
      if (strict && looksLikeRule(name, families)) throw new BookError(at, `there is no rule ${name}`)
      if (properties.some(({ id }) => id === name)) return `designs.html#${name.replace(/[^\w-]+/g, '-')}`
      if (subjects.some(({ id }) => id === name))
        return `designs.html#design-${name.replace(/[^\w-]+/g, '-')}`
      const [design = '', property = ''] = name.split(' / ')
      return property === '' ? null : cellNamed(design, property)
    }
  const cellNamed = (row: string, property: string): string | null => {
    return cellLink(runs.runs, { ...namesOf(row), property })
  }
  const placeLink = (opens: string): string | null =>
    opens.startsWith('read at') ? null : relink('README.md')(opens)

  const ruleShown = (id: string): string => {
    const rule = rules.find(one => one.id === id)
    if (rule === undefined) throw new BookError('rules', `there is no rule ${id}`) // `partsOf` gives only those there are
    const file = places.get(id) ?? null
    return ruleHtml(rule, {
      file,
      source: file === null || sourceText(file) === null ? null : `${sourcePage(file)}#L${lineOf(file, id)}`,
      witness: witnesses.get(id) ?? null,
      unused: unused.get(id) ?? null,
      kernels: kernels.get(id) ?? [],
      placeLink,
    })
  }
  const partHtml = (part: Part, slug: string): string => {
    switch (part.kind) {
      case 'prose':
        return markdownHtml(part.text, relink(`spec/book/${slug}.md`), nameLink(`${slug}.md`, true))
      case 'rules':
        return part.ids.map(ruleShown).join('\n')
      case 'run': {
        const name = `${part.design} / ${part.property}`
        const run = keptRun(runs.runs, { ...namesOf(part.design), property: part.property })
        if (run === null) throw new BookError(`${slug}.md`, `the matrix keeps no run of ${name}`)
        const link = linkToWanted(run, part)
        if (link === null)
          throw new BookError(`${slug}.md`, `${runWords(part)} is no run that breaks ${part.property}`)
        return `<p><a href="explorer.html#${escaped(link)}">▶ ${escaped(runWords(part))}</a></p>`
      }
      case 'shown':
        switch (part.what) {
          case 'matrix':
            return matrixHtml(matrix, runs.runs)
          case 'questions':
            return questionsHtml(runs.runs, ruleLink)
          case 'kernels':
            return kernelsHtml(from.asked)
          case 'problem':
            return PROBLEM_PICTURE
        }
    }
  }

  const chapterPages = chapters.map(
    ({ slug, title }): BookPage => ({
      file: `${slug}.html`,
      title,
      body: (parts.get(slug) ?? []).map(part => partHtml(part, slug)).join('\n'),
    }),
  )
  const documentBodies = documents.map(
    ({ file, title, path }): BookPage => ({
      file,
      title,
      body: markdownHtml(
        readFileSync(join(packageRoot(), path), 'utf8'),
        relink(path),
        nameLink(path, false),
      ),
    }),
  )
  const reference: readonly BookPage[] = [
    { file: 'designs.html', title: 'Matrix', body: matrixPageHtml(matrix, runs.runs, needs), broad: true },
    {
      file: 'questions.html',
      title: 'Thirty questions',
      body: `<h1>The thirty questions of the thread</h1>${questionsHtml(runs.runs, ruleLink)}`,
    },
    {
      file: 'rules.html',
      title: 'Rules',
      body: rulesPageHtml(rules, ruleLink, witnesses, kernels),
      broad: true,
    },
    {
      file: 'explorer.html',
      title: 'Explorer',
      style: EXPLORER_STYLE,
      script: from.explorer,
      body: `<h1>Explorer</h1>
<p>The specification itself runs in this page. Step by the arrow keys; choose the next step yourself; watch two designs side by side; or drop a trace or a recording of your VMM. The address is a link to what is shown, unless that is too long for one.</p>
<p class="hint">Begin with: ${runs.runs
        .filter(
          run =>
            run.variant === null &&
            ['no-hole', 'dirty-complete', 'two-maps, fetch-atomic'].includes(run.property) &&
            ['sequential', 'batch', 'rfc-single-swap', 'notify'].includes(run.design),
        )
        .map(run => {
          const { choices, cycle, design } = run
          const link = linkToRun(run, { design, choices, cycle })
          return `<a href="#${escaped(link)}">${escaped(design)} / ${escaped(run.property)}</a>`
        })
        .join(' · ')}</p>
<div id="explorer"><p>This page needs JavaScript, and no server.</p></div>`,
    },
  ]
  const nav: readonly NavEntry[] = [
    { file: 'index.html', title: 'Contents' },
    ...[...chapterPages, ...reference].map(({ file, title }) => ({
      file,
      title,
      ...(file === 'explorer.html' ? { often: true } : {}),
    })),
    ...documents
      .filter(({ file }) => ['semantics.html', 'glossary.html', 'bugs.html'].includes(file))
      .map(({ file, title }) => ({ file, title })),
  ]
  const list = (pages: readonly BookPage[]) =>
    `<ol>${pages.map(({ file, title }) => `<li><a href="${file}">${escaped(title)}</a></li>`).join('')}</ol>`
  const index: BookPage = {
    file: 'index.html',
    title: 'Contents',
    body: `<h1>What may a guest see while its memory slots change?</h1>
<p>The specification of KVM’s memory slots, one call at a time as Linux has them and in atomic batches as the thread of 2022 wanted them, for people who judge it. Everything here was made from the rules that the checker runs: ${rules.length} of them, each shown in a chapter with its premises, its source and the smallest run that uses it.</p>
<p>Each chapter is read by itself, and all of them in an afternoon. Four questions to begin with:</p>
<ul><li><a href="problem.html#why-sequential-kills-a-vcpu-at-boot">Why does one call a slot kill a vCPU at boot?</a></li>
<li><a href="dirty-logs.html#what-happens-to-dirty-bits-when-a-logged-slot-is-split-by-a-batch">What happens to dirty bits when a logged slot is split by a batch?</a></li>
<li><a href="vcpu.html#what-meets-a-blocked-page">What does a fetch meet whose page table is in a blocked slot?</a></li>
<li><a href="kernels.html#on-which-kernels-a-move-over-its-own-range-is-a-hole">On which kernels is a MOVE over its own range a hole, and who has seen it?</a></li></ul>
<h2>Chapters</h2>${list(chapterPages)}
<h2>Reference</h2>${list(reference)}
<h2>Documents</h2>${list(documentBodies)}`,
  }
  const sources = [...wantedSources]
    .sort()
    .flatMap((path): readonly BookPage[] =>
      sourceText(path) === null
        ? []
        : [{ file: sourcePage(path), title: path, body: sourceHtml(path), broad: true }],
    )
  return {
    pages: [index, ...inOrder(chapterPages), ...reference, ...documentBodies, ...sources],
    nav,
    chapters,
  }
}
