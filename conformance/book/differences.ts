import * as t from 'io-ts'
import { closed } from '../../oracle/wire/closed.js'
import { oneOf } from '../../oracle/wire/scalars.js'
import { escaped } from '../reports/html/escaped.js'
import type { RuleFacts } from './rule-facts.js'

const Premise = closed('premise', { name: t.string, says: t.string })
const Rule = closed('rule', {
  id: t.string,
  family: t.string,
  grain: oneOf('calls', 'steps'),
  kind: t.string,
  special: t.union([t.string, t.null]),
  says: t.string,
  matches: t.string,
  when: t.readonlyArray(Premise),
  after: t.readonlyArray(Premise),
  rewrite: t.string,
  notes: t.readonly(t.record(t.string, t.string)),
  cites: t.readonlyArray(closed('citation', { text: t.string, opens: t.string })),
})

/** `book.json`: a version of the specification as data, to be compared with another. */
export const RulesFileCodec = closed('rules of a book', {
  schema: t.literal('memslot-book'),
  version: t.literal(1),
  /** The package's version. */
  of: t.string,
  rules: t.readonlyArray(Rule),
})
export type RulesFile = t.TypeOf<typeof RulesFileCodec>

export const rulesFile = (rules: readonly RuleFacts[], of: string): RulesFile => ({
  schema: 'memslot-book',
  version: 1,
  of,
  rules,
})

/** What differs in one rule: what it was and what it is. */
interface Change {
  readonly id: string
  readonly fields: readonly { readonly name: string; readonly was: string; readonly is: string }[]
}

export interface Differences {
  readonly added: readonly RuleFacts[]
  readonly removed: readonly RuleFacts[]
  readonly changed: readonly Change[]
}

const premiseText = (list: RuleFacts['when']): string =>
  list.map(({ name, says }) => `${name}: ${says}`).join('; ')

const fieldsOf = (rule: RuleFacts): Readonly<Record<string, string>> => ({
  kind: `${rule.kind}${rule.special === null ? '' : `, ${rule.special}`}`,
  says: rule.says,
  matches: rule.matches,
  premises: premiseText(rule.when),
  'earlier checks': premiseText(rule.after),
  rewrite: rule.rewrite,
  notes: Object.entries(rule.notes)
    .map(([what, note]) => `${what}: ${note}`)
    .join('; '),
  sources: rule.cites.map(({ text }) => text).join('; '),
})

/** What differs between the rules of two versions. */
export const differencesOf = (was: readonly RuleFacts[], is: readonly RuleFacts[]): Differences => {
  const old = new Map(was.map(rule => [rule.id, rule]))
  const now = new Map(is.map(rule => [rule.id, rule]))
  return {
    added: is.filter(({ id }) => !old.has(id)),
    removed: was.filter(({ id }) => !now.has(id)),
    changed: is.flatMap(rule => {
      const before = old.get(rule.id)
      if (before === undefined) return []
      const [a, b] = [fieldsOf(before), fieldsOf(rule)]
      const fields = Object.entries(b).flatMap(([name, text]) =>
        a[name] === text ? [] : [{ name, was: a[name] ?? '', is: text }],
      )
      return fields.length === 0 ? [] : [{ id: rule.id, fields }]
    }),
  }
}

const listHtml = (title: string, rules: readonly RuleFacts[]): string =>
  `<h2>${title}: ${rules.length}</h2><ul>${rules.map(({ id, says }) => `<li><code>${escaped(id)}</code> ${escaped(says)}</li>`).join('')}</ul>`

/** The page of differences. */
export const differencesHtml = (
  { added, removed, changed }: Differences,
  was: string,
  is: string,
): string => `<h1>What changed from ${escaped(was)} to ${escaped(is)}</h1>
${added.length + removed.length + changed.length === 0 ? '<p>No rule differs.</p>' : ''}
${listHtml('Rules that are new', added)}
${listHtml('Rules that are gone', removed)}
<h2>Rules that say something else: ${changed.length}</h2>
${changed
  .map(
    ({ id, fields }) =>
      `<article class="rule"><p class="head"><a class="name" href="rules.html#${escaped(id)}">${escaped(id)}</a></p><dl>${fields
        .map(
          ({ name, was: before, is: after }) =>
            `<dt>${escaped(name)}</dt><dd><del>${escaped(before)}</del></dd><dd><ins>${escaped(after)}</ins></dd>`,
        )
        .join('')}</dl></article>`,
  )
  .join('\n')}`
