import { allRules } from '../../../../spec/rules/all.js'
import { printCitation } from '../../../reports/explain/citation.js'
import type { RulesReport } from '../../../reports/rules/codec.js'
import { renderRules } from '../../../reports/rules/text.js'
import { noSuch } from '../../did-you-mean.js'
import { complain, type Io, say, sayJson } from '../../io.js'
import { EXIT, type ExitStatus } from '../../status.js'

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
    complain(io, noSuch('family', family ?? '', families()))
    return EXIT.usage
  }
  const report: RulesReport = {
    schema: 'memslot-rules',
    version: 1,
    rules: listed.map(({ id, kind, says, cites }) => ({ id, kind, says, cites: cites.map(printCitation) })),
  }
  if (json === true) sayJson(io, report)
  else {
    const special = new Map(
      listed.flatMap(rule => (rule.special === undefined ? [] : [[rule.id, rule.special]])),
    )
    say(io, renderRules(report, { special, ...(io.isTTY ? { width: io.columns ?? 120 } : {}) }))
  }
  return EXIT.expected
}
