import { type Cell, type Column, marked, type Table } from '../table.js'
import { escaped } from './escaped.js'

const attribute = (name: string, value: string | undefined): string =>
  value === undefined || value === '' ? '' : ` ${name}="${escaped(value)}"`

const headHtml = ({ head, kind, title }: Column): string =>
  `<th scope="col"${attribute('class', kind === 'text' ? '' : kind)}${attribute('title', title)}>${escaped(head)}</th>`

// The first cell names its row, for screen readers.
const cellHtml = ({ kind }: Column, cell: Cell | undefined, namesRow: boolean): string => {
  const { text, tone = '', title, link } = marked(cell)
  const classes = [kind === undefined || kind === 'text' ? '' : kind, tone]
    .filter(name => name !== '')
    .join(' ')
  const inner = link === undefined ? escaped(text) : `<a href="${escaped(link)}">${escaped(text)}</a>`
  const attributes = `${attribute('class', classes)}${attribute('title', title)}`
  return namesRow ? `<th scope="row"${attributes}>${inner}</th>` : `<td${attributes}>${inner}</td>`
}

export interface TableHtmlOptions {
  /** A class of its own, for the page's style. */
  readonly kind?: string
}

/** A table with a caption and column headers, that scrolls by itself where it is too wide. */
export const tableHtml = (
  caption: string,
  { columns, rows }: Table,
  { kind }: TableHtmlOptions = {},
): string => `<div class="wide${kind === undefined ? '' : ` ${kind}`}" tabindex="0" role="region" aria-label="${escaped(caption)}"><table${attribute('class', kind)}>
<caption>${escaped(caption)}</caption>
<thead><tr>${columns.map(headHtml).join('')}</tr></thead>
<tbody>
${rows.map(row => `<tr>${columns.map((column, i) => cellHtml(column, row[i], i === 0)).join('')}</tr>`).join('\n')}
</tbody></table></div>`
