import { counted, nounFor } from '../../spec/terms/counted.js'
import { escaped } from '../reports/html/escaped.js'
import type { PremiseFact, RuleFacts } from './rule-facts.js'
import type { Witness } from './witnesses.js'

/** What stands around a rule where it is shown. */
export interface Around {
  /** The page and anchor of its source; null where the book has no sources. */
  readonly source: string | null
  readonly file: string | null
  readonly witness: Witness | null
  /** Why no run uses it, where none does. */
  readonly unused: string | null
  /** Kernels that gave an answer which this rule allows, in a case that exercises it. */
  readonly kernels: readonly string[]
  readonly placeLink: (opens: string) => string | null
}

const premiseHtml = ({ name, says }: PremiseFact): string =>
  `<li><span>${escaped(says)}</span> <code>${escaped(name)}</code></li>`

/** The checks of the rules before it, which have passed where it is asked in Linux's order. */
const afterHtml = (after: RuleFacts['after']): string =>
  after.length === 0
    ? ''
    : `<details class="after"><summary>after ${after.length} earlier ${nounFor(after.length, 'check')}</summary><ul class="premises">${after.map(premiseHtml).join('')}</ul></details>`

/** Premises over a line, and under it what is rewritten to what. */
const inferenceHtml = ({ when, after, matches, rewrite, id }: RuleFacts): string => `<div class="inference">
${afterHtml(after)}<ul class="premises">${when.map(premiseHtml).join('')}${when.length === 0 ? '<li class="soft">always</li>' : ''}</ul>
<div class="bar"><span>${escaped(id)}</span></div>
<p class="conclusion"><code>${escaped(matches)}</code> <span aria-label="is rewritten by">⟶</span> <code>${escaped(rewrite)}</code></p>
</div>`

export const usesWords = ({ grain }: RuleFacts, { uses, families }: Witness): string => {
  if (uses === 0) return grain === 'steps' ? 'no kept run needs it' : 'no frozen case asks for it'
  if (grain === 'steps') return `fires in ${uses} of the kept runs`
  const few = families.slice(0, 3).join(', ')
  const more = families.length > 3 ? ` and ${counted(families.length - 3, 'family', 'families')} more` : ''
  return `exercised by ${counted(uses, 'case')}: ${few}${more}`
}

const witnessHtml = (rule: RuleFacts, { witness, unused }: Around): string => {
  if (witness === null) return `<li>${escaped(unused ?? 'no case and no kept run uses it')}</li>`
  const { name, says, link, gives } = witness
  const words = `${escaped(name)}: ${escaped(says)}`
  const run = link === null ? words : `<a href="explorer.html#${escaped(link)}">${words}</a>`
  return `<li>${escaped(usesWords(rule, witness))}</li><li>smallest run: ${run}${gives === null ? '' : `, where it gives <code>${escaped(gives)}</code>`}</li>`
}

const citesHtml = ({ cites }: RuleFacts, { placeLink }: Around): string =>
  cites
    .map(({ text, opens }) => {
      const to = placeLink(opens)
      return `<li>from ${to === null ? `${escaped(text)}${opens.startsWith('read at') ? ` (${escaped(opens)})` : ''}` : `<a href="${escaped(to)}">${escaped(text)}</a>`}</li>`
    })
    .join('')

/** One rule, whole. */
export const ruleHtml = (rule: RuleFacts, around: Around): string => {
  const { id, kind, special, says, notes } = rule
  const { source, file, kernels } = around
  const place =
    file === null ? '' : source === null ? escaped(file) : `<a href="${escaped(source)}">${escaped(file)}</a>`
  return `<article class="rule" id="${escaped(id)}" aria-label="rule ${escaped(id)}">
<p class="head"><a class="name" href="#${escaped(id)}">${escaped(id)}</a> <span class="soft">${escaped(kind)}${special === null ? '' : `, ${escaped(special)}`}</span></p>
<p>${escaped(says)}</p>
${inferenceHtml(rule)}
<ul class="facts">${place === '' ? '' : `<li>stands in ${place}</li>`}${Object.entries(notes)
    .map(([what, note]) => `<li>${escaped(what)}: ${escaped(note)}</li>`)
    .join(
      '',
    )}${witnessHtml(rule, around)}${kernels.length === 0 ? '' : `<li>confirmed by ${escaped(kernels.join(', '))}</li>`}${citesHtml(rule, around)}</ul>
</article>`
}
