import { questions } from '../../../../spec/questions.js'
import type { Rule } from '../../../../spec/rewrite/index.js'
import { allRules } from '../../../../spec/rules/all.js'
import type { Cells } from '../../../../spec/terms/cells.js'
import { standsIn } from '../../../book/stands-in.js'
import { printCitation, printPlace } from '../../../reports/explain/citation.js'
import type { ExplainReport } from '../../../reports/explain/codec.js'
import { printPattern } from '../../../reports/explain/pattern-text.js'
import { renderRule } from '../../../reports/explain/text.js'
import { noSuch } from '../../did-you-mean.js'
import { complain, type Io, say, sayJson } from '../../io.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { casesExercising } from './exercising-cases.js'

export interface ExplainOptions {
  readonly json?: boolean
}

const explanation = (rule: Rule<Cells>, file: string | null, cases: readonly string[]): ExplainReport => {
  const { id, kind, special, says, cites, match, when, after = [], notes = {} } = rule
  const tell = (premises: typeof when) =>
    premises.map(premise => ({ name: premise.name, says: premise.says.holds }))
  return {
    schema: 'memslot-rule',
    version: 1,
    id,
    kind,
    file,
    says,
    cites: cites.map(printCitation),
    opens: cites.map(one => printPlace(one) ?? ''),
    matches: printPattern(match),
    when: tell(when),
    after: tell(after),
    notes: { ...notes },
    questions: questions
      .filter(({ rules }) => rules.includes(id))
      .map(({ number, question, answer }) => ({ number, question, answer })),
    cases,
    ...(special === undefined ? {} : { special }),
  }
}

/** Everything that is known of one rule. */
export const explain = async (id: string, { json }: ExplainOptions, io: Io): Promise<ExitStatus> => {
  const rule = allRules.find(one => one.id === id)
  if (rule === undefined) {
    const names = allRules.map(one => one.id)
    complain(io, noSuch('rule', id, names, 'memslot rules lists them'))
    return EXIT.usage
  }
  const report = explanation(rule, await standsIn(id), casesExercising(id))
  if (json === true) sayJson(io, report)
  else say(io, renderRule(report))
  return EXIT.expected
}
