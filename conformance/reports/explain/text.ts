import { counted } from '../../../spec/terms/counted.js'
import type { ExplainReport } from './codec.js'

const CASES_SHOWN = 5

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', title, ...lines.map(line => `  ${line}`)]

const premisesText = (premises: ExplainReport['when']): readonly string[] => {
  const widest = Math.max(0, ...premises.map(({ name }) => name.length))
  return premises.map(({ name, says }) => `${name.padEnd(widest)}  ${says}`)
}

/** Everything that is known of one rule, for people. */
export const renderRule = (rule: ExplainReport): string => {
  const { id, kind, special, file, says, cites, matches, when, after, opens, notes, questions, cases } = rule
  const rest = cases.length - CASES_SHOWN
  return [
    `${id}  (${kind}${special === undefined ? '' : `, ${special}`})`,
    says,
    ...(file === null ? [] : [`stands in ${file}`]),
    ...section('matches', [matches]),
    ...section('applies when', when.length === 0 ? ['always'] : premisesText(when)),
    ...section('in strict order only after these checks have passed', premisesText(after)),
    ...section(
      'notes',
      Object.entries(notes).map(([what, note]) => `${what}: ${note}`),
    ),
    ...section(
      'from',
      cites.flatMap((cite, i) => [cite, `  ${opens[i]}`]),
    ),
    ...section(
      'helps to answer',
      questions.flatMap(({ number, question, answer }) => [`${number}. ${question}`, `   ${answer}`]),
    ),
    ...section(`exercised by ${counted(cases.length, 'case')}`, [
      ...cases.slice(0, CASES_SHOWN),
      ...(rest > 0 ? [`… and ${rest} more`] : []),
    ]),
  ].join('\n')
}
