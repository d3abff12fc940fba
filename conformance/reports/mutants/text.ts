import pc from 'picocolors'
import { table } from '../terminal/table.js'
import type { MutantResult, MutantsReport } from './codec.js'

export interface RenderMutantsOptions {
  readonly color: boolean
}

const CLASSES = { S: 'shallow', M: 'medium', D: 'deep' } as const

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** A line for a log: what became of one mutant. */
export const renderMutant = ({ id, caughtBy, how, cases, ms }: MutantResult): string =>
  caughtBy === null
    ? `${id} survived, ${seconds(ms)}`
    : `${id} caught by ${caughtBy}, ${how === 'cases' ? `${cases} cases` : how}, ${seconds(ms)}`

/** A report for people: which fault was caught by what; survivors are what it is read for. */
export const renderMutants = (report: MutantsReport, { color }: RenderMutantsOptions): string => {
  const ink = pc.createColors(color)
  const { mutants, total, caught, interrupted } = report
  const rows = mutants.map(({ id, class: depth, source, caughtBy, how, cases, ms }) => [
    id,
    CLASSES[depth],
    source,
    caughtBy ?? 'survived',
    caughtBy === null ? '–' : how === 'cases' ? cases : how,
    seconds(ms),
  ])
  const head = ['fault', 'class', 'in', 'caught by', 'cases', 'after']
  const aligns = ['left', 'left', 'left', 'left', 'right', 'right'] as const
  const printed = table({ head, aligns }, rows).split('\n')
  const not = total - mutants.length
  return [
    ...printed.map(line => (/ survived /.test(line) ? ink.red(line) : line)),
    '',
    `${caught} of ${total} faults caught${not > 0 ? `, ${not} not run` : ''}${interrupted ? ', interrupted' : ''}`,
  ].join('\n')
}
