import { escaped } from '../../html/escaped.js'
import { pageHtml } from '../../html/page.js'
import { tableHtml } from '../../html/table.js'
import { printable } from '../../printable.js'
import { type Cell, marked, type Table } from '../../table.js'
import type { AuditReport } from '../codec.js'
import { pictureOf } from '../picture.js'
import { type Block, sections } from '../words/sections.js'
import { summaryLines } from '../words/summary.js'
import { headline, toneOf } from '../words/verdict.js'
import { pictureSvg } from './picture-svg.js'
import { AUDIT_STYLE } from './style.js'
import { updatesHtml } from './updates-html.js'

const ROWS = 500

const safe = (text: string): string => escaped(printable(text))

const plain = ({ columns, rows }: Table): Table => {
  const cellOf = (cell: Cell): Cell => {
    const { text, ...rest } = marked(cell)
    return { text: printable(text), ...rest }
  }
  return { columns, rows: rows.map(row => row.map(cellOf)) }
}

const blockHtml = (block: Block, report: AuditReport): string => {
  switch (block.kind) {
    case 'table':
      return `${tableHtml(block.caption, plain(block.table))}${block.more === null ? '' : `<p class="soft">${safe(block.more)}</p>`}`
    case 'list':
      return `<ul class="notes">${block.items.map(item => `<li>${safe(item)}</li>`).join('\n')}</ul>`
    case 'sentence':
      return `<p>${safe(block.says)}</p>`
    case 'picture': {
      const picture = pictureOf(report)
      return picture === null ? '' : pictureSvg(picture)
    }
    case 'updates':
      return updatesHtml(report)
  }
}

/** The report as one page that needs nothing else: no script, no request, legible in light and dark. */
export const renderAuditHtml = (report: AuditReport): string => {
  const { is, because } = headline(report)
  const name = printable(report.file)
  const body = [
    `<p class="verdict ${toneOf(report)}"><b>${is}</b>: ${safe(because)}</p>`,
    '<dl class="summary">',
    ...summaryLines(report).map(
      ({ name: term, says, tone }) => `<dt>${term}</dt><dd class="${tone}">${safe(says)}</dd>`,
    ),
    '</dl>',
    ...sections(report, ROWS).flatMap(({ heading, blocks }) => {
      const told = blocks.map(block => blockHtml(block, report)).filter(html => html !== '')
      return told.length === 0 ? [] : [`<section><h2>${escaped(heading)}</h2>\n${told.join('\n')}</section>`]
    }),
  ].join('\n')
  return pageHtml({ title: `memslot audit: ${name}`, style: AUDIT_STYLE, body })
}
