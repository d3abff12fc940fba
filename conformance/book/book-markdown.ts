import { isLeft } from 'fp-ts/lib/Either.js'
import { namesOf } from '../../oracle/designs/subjects.js'
import { anchorOf } from '../../spec/rules/documents.js'
import { marked, type Table } from '../reports/table.js'
import type { Book, BookSources } from './build-book.js'
import type { Chapter } from './chapters.js'
import { fromRoot } from './contents.js'
import { readLink, situationOf } from './explorer/link.js'
import { stepStory } from './explorer/step-story.js'
import { kernelsTable } from './kernels-table.js'
import { keptRun, matrixTable } from './matrix-page.js'
import { PROBLEM_TEXT } from './problem-picture.js'
import type { RuleFacts } from './rule-facts.js'
import { usesWords } from './rule-html.js'
import { linkToWanted, runWords } from './run-link.js'
import { type Part, partsOf } from './splice.js'

const ruleMarkdown = (rule: RuleFacts, { places, witnesses, unused, kernels }: BookSources): string => {
  const { id, kind, says, when, after, matches, rewrite, cites, notes } = rule
  const witness = witnesses.get(id)
  const confirmed = kernels.get(id) ?? []
  const uses =
    witness === undefined
      ? (unused.get(id) ?? 'no case uses it')
      : `${usesWords(rule, witness)}; the smallest is ${witness.name} (${witness.says})`
  return [
    `#### \`${id}\` (${kind})`,
    '',
    says,
    '',
    ...[...after, ...when].map(({ name, says: sentence }) => `- ${sentence} (\`${name}\`)`),
    '',
    '```',
    `${matches}`,
    `⟶ ${rewrite}`,
    '```',
    '',
    ...Object.entries(notes).map(([what, note]) => `${what}: ${note}\n`),
    `Stands in \`${places.get(id) ?? ''}\`. From ${cites.map(({ text }) => text).join('; ')}. Use: ${uses}.${confirmed.length === 0 ? '' : ` Confirmed by ${confirmed.join(', ')}.`}`,
    '',
  ].join('\n')
}

const tableMarkdown = ({ columns, rows }: Table): string =>
  [
    `| ${columns.map(({ head }) => head).join(' | ')} |`,
    `|${columns.map(() => '---').join('|')}|`,
    ...rows.map(row => `| ${row.map(cell => marked(cell).text).join(' | ')} |`),
  ].join('\n')

/** A run, a line a step, and what is broken in the end: of two designs one after the other. */
const runMarkdown = (part: Extract<Part, { kind: 'run' }>, { runs }: BookSources): string => {
  const kept = keptRun(runs.runs, { ...namesOf(part.design), property: part.property })
  const read = readLink((kept === null ? null : linkToWanted(kept, part)) ?? '')
  if (isLeft(read)) return '' // the book would not have been built
  const link = read.right
  const told = [link.run, ...(link.beside === null ? [] : [link.beside])].flatMap(run => {
    const situation = situationOf(link, run)
    const story = situation === null ? null : stepStory(situation, run.choices, run.cycle)
    if (story === null) return []
    const lines = Array.from(
      { length: story.length },
      (_, i) => `${String(i + 1).padStart(4)}  ${story.moment(i + 1).said}`,
    )
    return [
      `${run.design}: ${link.scenario}`,
      ...lines,
      ...story.moment(story.length).wrong.map(why => `   ✗ ${why}`),
    ]
  })
  return `${runWords(part)}:\n\n\`\`\`\n${told.join('\n')}\n\`\`\`\n`
}

/** Prose with its links from the root of the repository, and those to chapters within the text. */
const proseMarkdown = (text: string, { path }: Chapter, chapters: readonly Chapter[]): string =>
  text.replace(/\]\(([^)\s]+)\)/g, (link, href: string) => {
    const place = fromRoot(href, path)
    if (place === null) return link
    const chapter = chapters.find(one => one.path === place.path)
    if (chapter !== undefined) return `](#${place.anchor === '' ? anchorOf(chapter.title) : place.anchor})`
    return `](${place.path}${place.anchor === '' ? '' : `#${place.anchor}`})`
  })

/** The chapters in Markdown, with everything that they show spliced in. */
export const bookMarkdown = ({ chapters }: Book, from: BookSources): string => {
  const ids = from.rules.map(({ id }) => id)
  const partMarkdown = (part: Part, chapter: Chapter): string => {
    switch (part.kind) {
      case 'prose':
        return proseMarkdown(part.text, chapter, chapters)
      case 'rules':
        return from.rules
          .filter(({ id }) => part.ids.includes(id))
          .map(rule => ruleMarkdown(rule, from))
          .join('\n')
      case 'run':
        return runMarkdown(part, from)
      case 'shown':
        switch (part.what) {
          case 'problem':
            return `\`\`\`\n${PROBLEM_TEXT}\n\`\`\``
          case 'matrix':
            return tableMarkdown(matrixTable(from.matrix, from.runs.runs))
          case 'kernels':
            return tableMarkdown(kernelsTable(from.asked))
          case 'questions':
            return 'The thirty questions: `spec/questions.ts`.'
        }
    }
  }
  return chapters
    .map(chapter =>
      partsOf(chapter.text, ids, chapter.slug)
        .map(part => partMarkdown(part, chapter))
        .join('\n'),
    )
    .join('\n\n')
}
