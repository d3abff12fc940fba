import { counted } from '../../../spec/terms/counted.js'
import type { Column } from '../table.js'
import { inkOf } from '../terminal/ink.js'
import { tableText } from '../terminal/table.js'
import type { RaceKernel, RaceReport } from './codec.js'
import { BY, kernelWords, trialCell } from './words.js'

export interface RaceTextOptions {
  readonly color: boolean
  /** The page that was written; null where there is none. */
  readonly page: string | null
}

const ACCESSES = ['read', 'write', 'fetch', 'walk'] as const
const COLUMNS: readonly Column[] = [
  { head: 'beside' },
  { head: 'access by' },
  ...ACCESSES.map(head => ({ head })),
]

const rowsOf = ({ trials }: RaceKernel) =>
  (['hardware', 'emulator'] as const).flatMap(path => {
    const edits = [...new Set(trials.filter(one => one.path === path).map(({ edit }) => edit))]
    return edits.map(edit => [
      edit,
      BY[path],
      ...ACCESSES.map(access =>
        trialCell(trials.find(one => one.edit === edit && one.path === path && one.access === access)),
      ),
    ])
  })

const count = (kernels: readonly RaceKernel[], verdict: string): number =>
  kernels.flatMap(({ trials }) => trials).filter(one => one.verdict === verdict).length

/** A race for people; the outcome stands last. */
export const renderRace = (report: RaceReport, { color, page }: RaceTextOptions): string => {
  const ink = inkOf(color)
  const { kernels, failed, interrupted, edits } = report
  const deviations = count(kernels, 'deviation')
  const inconclusive = count(kernels, 'inconclusive')
  const deviating = kernels.flatMap(({ target, trials }) =>
    trials.filter(one => one.verdict === 'deviation').map(one => ({ target, ...one })),
  )
  return [
    ...kernels.flatMap(kernel => [
      kernelWords(kernel),
      ...tableText({ columns: COLUMNS, rows: rowsOf(kernel) }, { ink }),
      ...kernel.leftOut.map(({ what, because }) => `  not raced: ${what}: ${because}`),
      '',
    ]),
    ...tableText({ columns: [{ head: 'edit' }, { head: '' }], rows: edits.map(e => [e.id, e.says]) }),
    '',
    'A percentage: of the edits, those during which a page that is mapped before and after was seen as a hole, and as what.',
    ...failed.map(({ target, because }) => ink.bad(`${target}: ${because}`)),
    ...deviating.map(({ target, edit, access, path, outcomes, allowed }) =>
      ink.bad(
        `✗ ${target}: ${access} by ${BY[path]} beside ${edit}: ${Object.keys(outcomes).join(', ')}; allowed: ${allowed.length === 0 ? 'nothing' : allowed.join(', ')}`,
      ),
    ),
    ...(page === null ? [] : [`page: ${page}`]),
    ...(interrupted ? ['interrupted'] : []),
    (deviations > 0 ? ink.bad : ink.good)(
      `${count(kernels, 'seen')} seen as predicted, ${count(kernels, 'never')} never, as predicted, ${count(kernels, 'unseen')} predicted and not seen, ${inconclusive} inconclusive, ${counted(deviations, 'deviation')}`,
    ),
  ].join('\n')
}
