import { tableText } from '../terminal/table.js'
import type { WalkReport } from './codec.js'

const rightsText = ({ write, user, execute }: WalkReport['levels'][number]['rights']): string =>
  `r${write ? 'w' : '-'}${execute ? 'x' : '-'} ${user ? 'user' : 'supervisor'}`

const LEVELS = ['address', 'level', 'table', 'slot', 'entry', 'bits', 'leads to', 'rights so far'].map(
  head => ({
    head,
  }),
)

/** A walk for a person who debugs a page table. */
export const renderWalk = (report: WalkReport, asked: string): string => {
  const { paging, mode, space, cpl, cr3, levels, outcomes, rules } = report
  const rows = levels.map(l => [
    l.la,
    l.level,
    l.table,
    l.slot,
    l.entry,
    l.bits.join(' '),
    l.leadsTo,
    rightsText(l.rights),
  ])
  return [
    `${asked}: ${mode} code, ${paging === 'none' ? 'no' : paging} paging, CPL ${cpl}, CR3 ${cr3}, space ${space}`,
    '',
    ...(rows.length === 0 ? [] : [...tableText({ columns: LEVELS, rows }), '']),
    ...outcomes.map((outcome, i) => `${i === 0 ? 'ends in' : '     or'}  ${outcome}`),
    '',
    ...tableText({
      columns: [{ head: 'rule' }, { head: 'says', kind: 'prose' }],
      rows: rules.map(({ id, says }) => [id, says]),
    }),
  ].join('\n')
}
