import { counted } from '../../../spec/terms/counted.js'
import type { Table } from '../table.js'
import { tableText } from '../terminal/table.js'
import type { RecordedCost, RecordedReport } from './recorded-codec.js'

const costWords = ({ calls, swaps, kicks, mostKicks }: RecordedCost): string =>
  `${calls} / ${swaps} / ${kicks} (${mostKicks})`

const NONE = '–'

/** Designs down, recordings across: calls, swaps and kicks of all updates. */
export const recordedTable = ({ recordings }: RecordedReport): Table => {
  const designs = [...new Set(recordings.flatMap(({ costs }) => costs.map(({ design }) => design)))]
  return {
    columns: [
      { head: 'design' },
      ...recordings.map(({ file, updates }) => ({ head: `${file}, ${counted(updates, 'update')}` })),
    ],
    rows: designs.map(design => [
      design,
      ...recordings.map(({ costs }) => {
        const cost = costs.find(c => c.design === design)
        return cost === undefined ? NONE : costWords(cost)
      }),
    ]),
  }
}

/** What the table counts, and what it does not. */
export const RECORDED_WORDS: readonly string[] = [
  'Calls / swaps of a set / kicks, and in brackets the kicks of the update that has most. One kick takes every vCPU out of the guest once: to zap or protect what it has cached, or to keep it out; while vCPUs are kept out nothing else kicks them. A swap is waited for until no SRCU reader holds the old set.',
  'Counted of the plan that each design has for what was recorded, as a change of one space from before the update to after it; nothing fails. fetch-exit makes the calls of sequential. primitives is left out: its plan is a search, and sets of this size are too large for it.',
]

export const recordedText = (report: RecordedReport): string =>
  [...tableText(recordedTable(report)), '', ...RECORDED_WORDS].join('\n')
