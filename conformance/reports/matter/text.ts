import { match } from 'ts-pattern'
import { inkOf } from '../terminal/ink.js'
import { tableText } from '../terminal/table.js'
import { type MatterReport, type MatterResult, NOTICED_BY } from './codec.js'

export interface RenderMatterOptions {
  readonly color: boolean
}

const BY = {
  property: 'a property that fails',
  stuck: 'a state without a next step',
  missing: 'a step that is not seen any more',
  contradiction: 'a rule that fails on what it matches',
} as const satisfies Readonly<Record<(typeof NOTICED_BY)[number], string>>

const COLUMNS = ['change', 'rule or premise', 'caught by', 'in'].map(head => ({ head }))

const said = ({ noticedBy }: MatterResult): string => {
  if (noticedBy === null) return 'survived'
  const { by, what } = noticedBy
  return match(by)
    .with('property', () => `${what} fails`)
    .with('stuck', () => `stuck: ${what}`)
    .with('missing', () => `never seen: ${what}`)
    .with('contradiction', () => what)
    .exhaustive()
}

/** A line for a log: how one change was caught. */
export const renderChange = (result: MatterResult): string => `${result.kind} ${result.id}: ${said(result)}`

/** A report for people: by what each change of the rules is caught, survivors in red. */
export const renderMattering = (report: MatterReport, { color }: RenderMatterOptions): string => {
  const ink = inkOf(color)
  const { mutants, noticed, total, interrupted } = report
  const rows = mutants.map(m => [
    m.kind,
    m.id,
    m.noticedBy === null ? { text: said(m), tone: 'bad' as const } : said(m),
    m.noticedBy?.world ?? '–',
  ])
  const counts = NOTICED_BY.map(by => [by, mutants.filter(m => m.noticedBy?.by === by).length] as const)
  const share = total === 0 ? 0 : Math.floor((1000 * noticed) / total) / 10
  const not = total - mutants.length
  return [
    ...tableText({ columns: COLUMNS, rows }, { ink }),
    '',
    `${noticed} of ${total} changes caught, ${share} %${not > 0 ? `, ${not} not tried` : ''}${interrupted ? ', interrupted' : ''}`,
    ...counts.map(([by, count]) => `${String(count).padStart(5)} by ${BY[by]}`),
  ].join('\n')
}
