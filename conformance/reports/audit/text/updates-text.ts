import type { Ink } from '../../terminal/ink.js'
import { tableText } from '../../terminal/table.js'
import { wrap } from '../../terminal/wrap.js'
import type { AuditReport, ReportBatch, ReportUpdate } from '../codec.js'
import { classesLine, ENTRY_COLUMNS, entryCells, logLine, sparedLine } from '../words/batch.js'
import { plural, range } from '../words/units.js'

const LISTED_UPDATES = 40
const LISTED_ENTRIES = 24
const LISTED_RANGES = 12

const title = (update: ReportUpdate, number: number): string => {
  const thread = update.tid === null ? 'unnamed thread' : `thread ${update.tid}`
  const lines =
    update.firstLine === update.lastLine
      ? `line ${update.firstLine}`
      : `lines ${update.firstLine}→${update.lastLine}`
  const failed = update.failed === 0 ? '' : `, ${update.failed} failed`
  return `${number}. ${lines}, VM ${update.vm}, ${thread}: ${plural(update.calls, 'call')}${failed}, ${plural(update.windows.length + update.moreWindows, 'window')}`
}

const entries = (batch: ReportBatch, ink: Ink): string[] => {
  const rows = batch.entries.slice(0, LISTED_ENTRIES).map(entryCells)
  const more = batch.entries.length + batch.moreEntries - LISTED_ENTRIES
  return [
    ...tableText({ columns: ENTRY_COLUMNS, rows }, { headless: true, indent: 6, gap: 2 }),
    ...(more > 0 ? [ink.faint(`      … and ${plural(more, 'more entry', 'more entries')}`)] : []),
  ]
}

const ranges = ({ ranges: all, moreRanges }: ReportBatch): string[] => {
  const more = all.length + moreRanges - LISTED_RANGES
  return [
    ...all.slice(0, LISTED_RANGES).map(part => `      ${part.class.padEnd(10)}  ${range(part)}`),
    ...(more > 0 ? [`      … and ${plural(more, 'more range')}`] : []),
  ]
}

const batchText = (batch: ReportBatch, width: number, ink: Ink): string[] => {
  const count = batch.entries.length + batch.moreEntries
  if (count === 0)
    return wrap(
      `    batch for space ${batch.as}: nothing to do, the slots are the same before and after`,
      width,
      4,
    )
  const spared = sparedLine(batch)
  return [
    `    batch for space ${batch.as}, ${plural(count, 'entry', 'entries')}:`,
    ...entries(batch, ink),
    ...wrap(`    pages: ${classesLine(batch)}`, width, 4),
    ...ranges(batch),
    ...(spared === null ? [] : wrap(`    ${spared}`, width, 4)),
  ]
}

const updateText = (update: ReportUpdate, number: number, width: number, ink: Ink): string[] => [
  `  ${ink.heading(title(update, number))}`,
  ...(update.alsoChangedBy.length === 0
    ? []
    : [`    meanwhile slots were also changed by thread ${update.alsoChangedBy.join(', ')}`]),
  ...[update.batch, ...update.furtherBatches].flatMap(batch => [
    ...batchText(batch, width, ink),
    ...(update.dirtyAtRisk.length === 0 ? [] : wrap(`    ${logLine(batch)}`, width, 4)),
  ]),
]

/** Updates with something to tell, each with the batch that does the same without a window; the others in one line. */
export const updatesText = ({ updates, totals }: AuditReport, width: number, ink: Ink): string[] => {
  const numbered = updates.map((update, i) => ({ update, number: i + 1 }))
  const telling = numbered.filter(({ update }) => update.windows.length > 0 || update.dirtyAtRisk.length > 0)
  const listed = telling.slice(0, LISTED_UPDATES)
  const more = telling.length - listed.length
  const others = totals.updates - telling.length
  return [
    ...listed.flatMap(({ update, number }, i) => [
      ...(i === 0 ? [] : ['']),
      ...updateText(update, number, width, ink),
    ]),
    ...(more > 0 ? [ink.faint(`  … and ${plural(more, 'more update')}`)] : []),
    ...(others > 0
      ? [...(listed.length > 0 ? [''] : []), `  ${plural(others, 'update')} without findings`]
      : []),
  ]
}
