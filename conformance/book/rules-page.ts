import { counted } from '../../spec/terms/counted.js'
import { escaped } from '../reports/html/escaped.js'
import type { RuleFacts } from './rule-facts.js'
import type { Witness } from './witnesses.js'

const rowHtml = (
  { id, says, kind, grain }: RuleFacts,
  link: string | null,
  witness: Witness | undefined,
  kernels: readonly string[],
): string =>
  `<tr id="${escaped(id)}"><th scope="row">${link === null ? escaped(id) : `<a href="${escaped(link)}">${escaped(id)}</a>`}</th><td class="prose">${escaped(says)}</td><td>${escaped(kind)}</td><td class="number">${witness?.uses ?? 0} ${grain === 'calls' ? 'cases' : 'runs'}</td><td class="prose">${escaped(kernels.join(', '))}</td></tr>`

/** The index of rules: a line each, by family. */
export const rulesPageHtml = (
  rules: readonly RuleFacts[],
  ruleLink: (id: string) => string | null,
  witnesses: ReadonlyMap<string, Witness>,
  kernels: ReadonlyMap<string, readonly string[]>,
): string => {
  const families = [...new Set(rules.map(({ family }) => family))]
  return `<h1>Every rule</h1>
<p>${counted(rules.length, 'rule')} in ${counted(families.length, 'family', 'families')}: ${families.map(family => `<a href="#family-${escaped(family)}">${escaped(family)}</a>`).join(', ')}.</p>
${families
  .map(
    family => `<h2 id="family-${escaped(family)}">${escaped(family)}</h2>
<div class="wide index" tabindex="0" role="region" aria-label="rules of ${escaped(family)}"><table><thead><tr><th scope="col">rule</th><th scope="col">says</th><th scope="col">kind</th><th scope="col" class="number">used by</th><th scope="col">confirmed by</th></tr></thead><tbody>
${rules
  .filter(rule => rule.family === family)
  .map(rule => rowHtml(rule, ruleLink(rule.id), witnesses.get(rule.id), kernels.get(rule.id) ?? []))
  .join('\n')}
</tbody></table></div>`,
  )
  .join('\n')}`
}
