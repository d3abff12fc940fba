import { counted } from '../../spec/terms/counted.js'
import type { KernelResults } from '../kernels/results.js'
import { tableHtml } from '../reports/html/table.js'

/** The kernels that confirmed each rule, and in how many cases. */
export const confirmedBy = (kernels: readonly KernelResults[]): ReadonlyMap<string, readonly string[]> => {
  const by = new Map<string, string[]>()
  for (const { release, rules } of kernels) {
    for (const [rule, cases] of Object.entries(rules)) {
      const words = `${release} (${counted(cases, 'case')})`
      by.set(rule, [...(by.get(rule) ?? []), words])
    }
  }
  return by
}

const SKIPS_SHOWN = 4

const skippedWords = ({ skipped }: KernelResults): string => {
  const all = skipped.reduce((sum, { cases }) => sum + cases, 0)
  const most = skipped.toSorted((a, b) => b.cases - a.cases).slice(0, SKIPS_SHOWN)
  const rest = skipped.length > SKIPS_SHOWN ? '; and less of others' : ''
  return `${all}; most for: ${most.map(({ reason, cases }) => `${reason} (${cases})`).join('; ')}${rest}`
}

const countOf = ({ passed }: KernelResults): number =>
  Object.values(passed).reduce((sum, names) => sum + names.length, 0)

/** The kernels that were asked: a row each. */
export const kernelsHtml = (kernels: readonly KernelResults[]): string =>
  kernels.length === 0
    ? '<p>No kernel was asked for this book.</p>'
    : tableHtml('Kernels that were asked', {
        columns: [
          { head: 'kernel' },
          { head: 'asked on' },
          { head: 'passed', kind: 'number' },
          { head: 'failed', kind: 'number' },
          { head: 'rules confirmed', kind: 'number' },
          { head: 'not asked', kind: 'prose' },
        ],
        rows: kernels.map(one => [
          { text: one.release, title: one.target },
          one.date,
          countOf(one),
          one.failed.length,
          Object.keys(one.rules).length,
          skippedWords(one),
        ]),
      })
