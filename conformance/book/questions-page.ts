import { namesOf, subjects } from '../../oracle/designs/subjects.js'
import { questions } from '../../spec/questions.js'
import type { KeptRun } from '../designs/kept-runs.js'
import { escaped } from '../reports/html/escaped.js'
import { cellLink } from './matrix-page.js'

/** Text with code in backquotes. */
const withCode = (text: string): string => escaped(text).replace(/`([^`]+)`/g, '<code>$1</code>')

/** The thirty questions of the thread: each with its answer, the rules that say so, and the cells that show it. */
export const questionsHtml = (runs: readonly KeptRun[], ruleLink: (id: string) => string | null): string =>
  questions
    .map(({ number, question, answer, rules, steps = [], cells = [], excluded }) => {
      const links = [...rules, ...steps].map(id => {
        const to = ruleLink(id)
        return to === null ? escaped(id) : `<a href="${escaped(to)}">${escaped(id)}</a>`
      })
      const shown = cells.map(({ row, property, holds }) => {
        const words = escaped(`${row} / ${property} ${holds ? 'holds' : 'fails'}`)
        const to = subjects.some(({ id }) => id === row)
          ? cellLink(runs, { ...namesOf(row), property })
          : null
        return to === null ? `<a href="designs.html">${words}</a>` : `<a href="${escaped(to)}">${words}</a>`
      })
      return `<section class="question"><h3 id="question-${number}">${number}. ${withCode(question)}</h3>
<p>${withCode(answer)}</p>
${excluded === undefined ? '' : `<p class="soft">Left out: ${withCode(excluded)}</p>`}
<p class="hint">${links.length === 0 ? '' : `Rules: ${links.join(', ')}. `}${shown.length === 0 ? '' : `Cells: ${shown.join(', ')}.`}</p></section>`
    })
    .join('\n')
