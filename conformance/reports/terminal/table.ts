import CliTable from 'cli-table3'
import { marked, type Table } from '../table.js'
import { type Ink, inkOf } from './ink.js'

const NO_RULES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
}

/** The last column is never cut to less than this. */
const MIN_PROSE = 20

export interface TableTextOptions {
  readonly ink?: Ink
  /** Columns of the terminal; where it is given, the last column is cut into lines so that no line is longer. */
  readonly width?: number
  /** Spaces before a line, and between two columns. */
  readonly indent?: number
  readonly gap?: number
  /** Without the line of heads. */
  readonly headless?: boolean
}

/** The lines of a table: columns under each other, without rules. */
export const tableText = (
  { columns, rows }: Table,
  { ink = inkOf(false), width, indent = 2, gap = 3, headless = false }: TableTextOptions = {},
): readonly string[] => {
  const cells = rows.map(row => columns.map((_, i) => marked(row[i])))
  const widest = columns.map(({ head }, i) =>
    Math.max(headless ? 0 : head.length, ...cells.map(row => row[i]?.text.length ?? 0)),
  )
  const before = widest.slice(0, -1).reduce((sum, one) => sum + one + gap, indent)
  const last = widest.at(-1) ?? 0
  const lastWidth = width === undefined ? last : Math.max(MIN_PROSE, Math.min(last, width - before))
  const drawn = new CliTable({
    head: headless ? [] : columns.map(({ head }) => (head === '' ? '' : ink.faint(head))),
    chars: { ...NO_RULES, left: ' '.repeat(indent), middle: ' '.repeat(gap) },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    colAligns: columns.map(({ kind }) => (kind === 'number' ? 'right' : 'left')),
    colWidths: [...widest.slice(0, -1), lastWidth],
    wordWrap: true,
  })
  for (const row of cells)
    drawn.push(row.map(({ text, tone }) => (tone === undefined ? text : ink[tone](text))))
  return drawn
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
}
