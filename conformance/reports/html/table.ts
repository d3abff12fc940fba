import { escaped } from './escaped.js'

export interface Column {
  readonly head: string
  readonly is: 'text' | 'number' | 'free'
}

const classOf = ({ is }: Column): string => (is === 'text' ? '' : ` class="${is}"`)

// The first cell names its row, for those who hear the table instead of seeing it.
const cell = (column: Column, text: string, names: boolean): string =>
  names
    ? `<th scope="row"${classOf(column)}>${escaped(text)}</th>`
    : `<td${classOf(column)}>${escaped(text)}</td>`

/** A table with a caption and column headers, that scrolls by itself where it is too wide. */
export const table = (
  caption: string,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string => `<div class="wide" tabindex="0" role="region" aria-label="${escaped(caption)}"><table>
<caption>${escaped(caption)}</caption>
<thead><tr>${columns.map(column => `<th scope="col"${classOf(column)}>${escaped(column.head)}</th>`).join('')}</tr></thead>
<tbody>
${rows.map(row => `<tr>${columns.map((column, i) => cell(column, row[i] ?? '', i === 0)).join('')}</tr>`).join('\n')}
</tbody></table></div>`
