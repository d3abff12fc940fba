import { counted } from '../../../spec/terms/counted.js'
import { tableText } from '../terminal/table.js'
import type { RulesReport } from './codec.js'

export interface RulesTextOptions {
  /** Columns of the terminal; absent where there is none. */
  readonly width?: number
  /** Rules whose outcome is special, `unspecified` for one, by their names. */
  readonly special: ReadonlyMap<string, string>
}

const COLUMNS = [{ head: 'rule' }, { head: 'kind' }, { head: 'says', kind: 'prose' }] as const

/** The index of the rules, for people. */
export const renderRules = ({ rules }: RulesReport, { width, special }: RulesTextOptions): string => {
  const rows = rules.map(({ id, kind, says }) => [
    id,
    special.has(id) ? `${kind}, ${special.get(id)}` : kind,
    says,
  ])
  return [
    ...tableText({ columns: COLUMNS, rows }, width === undefined ? {} : { width }),
    '',
    `${counted(rules.length, 'rule')}. One of them in full: memslot explain RULE`,
  ].join('\n')
}
