import { allRules } from '../../../spec/rules/all.js'
import { printCitation } from '../../reports/explain/citation.js'
import type { RulesReport } from '../../reports/rules/codec.js'
import { table } from '../../reports/terminal/table.js'
import { complain, type Io, say, sayJson } from '../io.js'
import { EXIT, type ExitStatus } from '../status.js'

export interface RulesOptions {
  readonly json?: boolean
  readonly family?: string
}

/** A rule is named family first: `set.overlap`. */
const familyOf = (id: string): string => id.slice(0, id.indexOf('.'))

const families = (): readonly string[] => [...new Set(allRules.map(({ id }) => familyOf(id)))]

/** The index of the rules. */
export const rules = async ({ json, family }: RulesOptions, io: Io): Promise<ExitStatus> => {
  const listed = allRules.filter(({ id }) => family === undefined || familyOf(id) === family)
  if (listed.length === 0) {
    complain(io, `found family ${JSON.stringify(family)}, expected one of ${families().join(', ')}`)
    return EXIT.usage
  }
  if (json === true) {
    const report: RulesReport = {
      schema: 'memslot-rules',
      version: 1,
      rules: listed.map(({ id, kind, says, cites }) => ({ id, kind, says, cites: cites.map(printCitation) })),
    }
    sayJson(io, report)
    return EXIT.expected
  }
  const rows = listed.map(({ id, kind, special, says }) => [
    id,
    special === undefined ? kind : `${kind}, ${special}`,
    says,
  ])
  const width = io.isTTY ? (io.columns ?? 120) : undefined
  say(io, table({ head: ['rule', 'kind', 'says'], ...(width === undefined ? {} : { width }) }, rows), '')
  say(io, `${listed.length} rules. One of them in full: memslot explain RULE`)
  return EXIT.expected
}
