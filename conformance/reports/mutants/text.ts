import { counted } from '../../../spec/terms/counted.js'
import { inkOf } from '../terminal/ink.js'
import { tableText } from '../terminal/table.js'
import type { MutantResult, MutantsReport } from './codec.js'

export interface RenderMutantsOptions {
  readonly color: boolean
}

const CLASSES = { S: 'shallow', M: 'medium', D: 'deep' } as const

const COLUMNS = [
  { head: 'mutant' },
  { head: 'class' },
  { head: 'in' },
  { head: 'caught by' },
  { head: 'cases', kind: 'number' },
  { head: 'after', kind: 'number' },
] as const

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** A line for a log: how one mutant was caught. */
export const renderMutant = ({ id, caughtBy, how, cases, ms }: MutantResult): string =>
  caughtBy === null
    ? `${id} survived, ${seconds(ms)}`
    : `${id} caught by ${caughtBy}, ${how === 'cases' ? counted(cases, 'case') : how}, ${seconds(ms)}`

/** A report for people: by what each mutant is caught, survivors in red. */
export const renderMutants = (report: MutantsReport, { color }: RenderMutantsOptions): string => {
  const ink = inkOf(color)
  const { mutants, total, caught, interrupted } = report
  const rows = mutants.map(({ id, class: depth, source, caughtBy, how, cases, ms }) => [
    id,
    CLASSES[depth],
    source,
    caughtBy ?? { text: 'survived', tone: 'bad' as const },
    caughtBy === null ? '–' : how === 'cases' ? cases : how,
    seconds(ms),
  ])
  const not = total - mutants.length
  return [
    ...tableText({ columns: COLUMNS, rows }, { ink }),
    '',
    `${caught} of ${counted(total, 'mutant')} caught${not > 0 ? `, ${not} not run` : ''}${interrupted ? ', interrupted' : ''}`,
  ].join('\n')
}
