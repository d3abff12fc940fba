import { table } from '../terminal/table.js'
import type { WalkReport } from './codec.js'

const rightsText = ({ write, user, execute }: WalkReport['levels'][number]['rights']): string =>
  `r${write ? 'w' : '-'}${execute ? 'x' : '-'} ${user ? 'user' : 'supervisor'}`

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
    ...(rows.length === 0
      ? []
      : [
          table(
            { head: ['address', 'level', 'table', 'slot', 'entry', 'bits', 'leads to', 'rights so far'] },
            rows,
          ),
          '',
        ]),
    ...outcomes.map((outcome, i) => `${i === 0 ? 'ends in' : '     or'}  ${outcome}`),
    '',
    table(
      { head: ['rule', 'says'] },
      rules.map(({ id, says }) => [id, says]),
    ),
  ].join('\n')
}
