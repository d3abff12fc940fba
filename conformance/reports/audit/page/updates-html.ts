import { escaped } from '../../html/escaped.js'
import { tableHtml } from '../../html/table.js'
import type { Column } from '../../table.js'
import type { AuditReport, ReportBatch, ReportClasses, ReportUpdate } from '../codec.js'
import {
  CLASS_MEANING,
  classesLine,
  ENTRY_COLUMNS,
  entryCells,
  logLine,
  mappedBefore,
  sparedLine,
} from '../words/batch.js'
import { plural, range } from '../words/units.js'

const LISTED_UPDATES = 200

const RANGE_COLUMNS: readonly Column[] = [
  { head: 'class' },
  { head: 'guest addresses' },
  { head: 'meaning', kind: 'prose' },
]

const bar = (batch: ReportBatch): string => {
  const whole = mappedBefore(batch)
  if (whole === 0) return ''
  const names = Object.keys(CLASS_MEANING) as (keyof ReportClasses)[]
  const parts = names
    .filter(name => name !== 'appeared' && batch.classes[name] > 0)
    .map(name => `<i class="${name}" style="flex: ${batch.classes[name]} 0 2px"></i>`)
  return `<div class="bar" aria-hidden="true">${parts.join('')}</div>`
}

const batchHtml = (batch: ReportBatch): string => {
  const count = batch.entries.length + batch.moreEntries
  if (count === 0)
    return `<p>Batch for space ${batch.as}: nothing to do, the slots are the same before and after.</p>`
  const spared = sparedLine(batch)
  const more =
    batch.moreEntries > 0
      ? `<p class="soft">… and ${plural(batch.moreEntries, 'more entry', 'more entries')}</p>`
      : ''
  const ranges = batch.ranges.map(part => [
    part.class,
    range(part),
    CLASS_MEANING[part.class as keyof ReportClasses] ?? '',
  ])
  return [
    tableHtml(`Batch for space ${batch.as}, ${plural(count, 'entry', 'entries')}`, {
      columns: ENTRY_COLUMNS,
      rows: batch.entries.map(entryCells),
    }),
    more,
    `<p>Pages: ${escaped(classesLine(batch))}${spared === null ? '' : `; ${escaped(spared)}`}.</p>`,
    bar(batch),
    ranges.length === 0 ? '' : tableHtml('Pages that are not kept', { columns: RANGE_COLUMNS, rows: ranges }),
  ].join('\n')
}

const updateHtml = (update: ReportUpdate, number: number): string => {
  const thread = update.tid === null ? 'a thread without a name' : `thread ${update.tid}`
  const lines =
    update.firstLine === update.lastLine
      ? `line ${update.firstLine}`
      : `lines ${update.firstLine}→${update.lastLine}`
  const windows = update.windows.length + update.moreWindows
  const batches = [update.batch, ...update.furtherBatches]
  const open = windows > 0 || update.dirtyAtRisk.length > 0 ? ' open' : ''
  const others =
    update.alsoChangedBy.length === 0
      ? ''
      : `<p>Meanwhile slots were also changed by thread ${update.alsoChangedBy.join(', ')}.</p>`
  return `<details${open}><summary><b>${number}.</b> ${lines}, VM ${update.vm}, ${thread}: ${plural(update.calls, 'call')}${update.failed > 0 ? `, ${update.failed} failed` : ''}, <span class="${windows > 0 ? 'bad' : ''}">${plural(windows, 'window')}</span></summary><div>
${others}
${batches.map(batch => batchHtml(batch) + (update.dirtyAtRisk.length === 0 ? '' : `<p>${escaped(logLine(batch).replace(/^d/, 'D'))}.</p>`)).join('\n')}
</div></details>`
}

/** Updates with something to tell, each with the batch that does the same without a window; the others in one line. */
export const updatesHtml = ({ updates, totals }: AuditReport): string => {
  const numbered = updates.map((update, i) => ({ update, number: i + 1 }))
  const telling = numbered.filter(({ update }) => update.windows.length > 0 || update.dirtyAtRisk.length > 0)
  const more = telling.length - LISTED_UPDATES
  const others = totals.updates - telling.length
  return [
    ...telling.slice(0, LISTED_UPDATES).map(({ update, number }) => updateHtml(update, number)),
    more > 0 ? `<p class="soft">… and ${plural(more, 'more update')}: see the JSON report.</p>` : '',
    others > 0 ? `<p class="soft">${plural(others, 'update')} without findings.</p>` : '',
  ].join('\n')
}
