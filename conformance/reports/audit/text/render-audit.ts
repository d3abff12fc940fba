import { printable } from '../../printable.js'
import type { Cell, Table } from '../../table.js'
import { marked } from '../../table.js'
import { type Ink, inkOf } from '../../terminal/ink.js'
import { tableText } from '../../terminal/table.js'
import { wrap } from '../../terminal/wrap.js'
import type { AuditReport } from '../codec.js'
import { pictureOf } from '../picture.js'
import { type Block, sections } from '../words/sections.js'
import { type SummaryLine, summaryLines } from '../words/summary.js'
import { headline, toneOf } from '../words/verdict.js'
import { pictureText } from './picture-text.js'
import { updatesText } from './updates-text.js'

export interface TextOptions {
  readonly color: boolean
  /** Columns of the terminal. More than 110 are not used. */
  readonly width: number
}

const MAX_WIDTH = 110
const MIN_WIDTH = 60
const NAMES = 20
/** A terminal is no place for more rows; the JSON report has all that was kept. */
const ROWS = 24

const summaryText = ({ name, says, tone }: SummaryLine, width: number, ink: Ink): string[] => {
  const paint = tone === 'plain' ? (text: string) => text : ink[tone]
  return wrap(printable(says), width - NAMES).map(
    (line, i) => `${(i === 0 ? name : '').padEnd(NAMES)}${paint(line)}`,
  )
}

const plain = ({ columns, rows }: Table): Table => {
  const cellOf = (cell: Cell | undefined): Cell => {
    const { text, tone } = marked(cell)
    return tone === undefined ? printable(text) : { text: printable(text), tone }
  }
  return { columns, rows: rows.map(row => columns.map((_, i) => cellOf(row[i]))) }
}

/** Rows that do not fit beside each other are told one below the other. */
const tableLines = (table: Table, width: number, ink: Ink): readonly string[] => {
  const drawn = tableText(plain(table), { ink, gap: 2, width })
  const widest = Math.max(
    ...plain(table).rows.map(row => row.reduce<number>((sum, cell) => sum + marked(cell).text.length + 2, 0)),
  )
  const last = table.columns.length - 1
  const others = Math.max(
    0,
    ...table.rows.map(row =>
      row.slice(0, last).reduce<number>((sum, cell) => sum + marked(cell).text.length + 2, 2),
    ),
  )
  if (widest <= width || others + 24 <= width) return drawn
  return plain(table).rows.flatMap(row =>
    wrap(
      `  ${table.columns
        .map(({ head }, i) => {
          const { text } = marked(row[i])
          return text === '' ? '' : head === '' ? text : `${head} ${text}`
        })
        .filter(part => part !== '')
        .join(', ')}`,
      width,
      6,
    ),
  )
}

const blockText = (block: Block, report: AuditReport, width: number, ink: Ink): readonly string[] => {
  switch (block.kind) {
    case 'table':
      return [
        ...wrap(`  ${block.caption}`, width, 2),
        ...tableLines(block.table, width, ink),
        ...(block.more === null ? [] : [ink.faint(`  ${block.more}`)]),
      ]
    case 'list':
      return block.items.flatMap(item => wrap(`  - ${printable(item)}`, width, 4))
    case 'sentence':
      return wrap(`  ${printable(block.says)}`, width, 2)
    case 'picture': {
      const picture = pictureOf(report)
      return picture === null ? [] : pictureText(picture, width, ink)
    }
    case 'updates':
      return updatesText(report, width, ink)
  }
}

/** The report for people at a terminal: the verdict, where, what to do, and then the rest. */
export const renderAudit = (report: AuditReport, { color, width: columns }: TextOptions): string => {
  const ink = inkOf(color)
  const width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, columns))
  const { is, because } = headline(report)
  const paint = ink[toneOf(report)]
  return [
    ink.heading(`memslot audit: ${printable(report.file)}`),
    '',
    ...wrap(`${is}: ${printable(because)}`, width).map((line, i) =>
      i === 0 ? paint(ink.heading(line)) : paint(line),
    ),
    '',
    ...summaryLines(report).flatMap(line => summaryText(line, width, ink)),
    ...sections(report, ROWS).flatMap(({ heading, blocks }) => {
      const told = blocks.map(block => blockText(block, report, width, ink)).filter(lines => lines.length > 0)
      if (told.length === 0) return []
      return ['', ink.heading(heading), '', ...told.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]))]
    }),
    '',
  ].join('\n')
}
