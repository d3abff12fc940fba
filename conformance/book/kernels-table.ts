import { counted } from '../../spec/terms/counted.js'
import type { KernelResults } from '../kernels/results.js'
import { escaped } from '../reports/html/escaped.js'
import { tableHtml } from '../reports/html/table.js'
import type { Table } from '../reports/table.js'

/** What a kernel is called in few words: its version, and its architecture where that is not x86. */
export const kernelName = (release: string): string => {
  const version = /^\d+\.\d+/.exec(release)?.[0] ?? release
  return /arm64|aarch64/.test(release) ? `${version} arm64` : version
}

/** The kernels that confirmed each rule, and in how many cases. */
export const confirmedBy = (kernels: readonly KernelResults[]): ReadonlyMap<string, readonly string[]> => {
  const by = new Map<string, string[]>()
  for (const { release, rules } of kernels) {
    for (const [rule, cases] of Object.entries(rules)) {
      const known = by.get(rule) ?? []
      const words = known.length > 0 ? cases : counted(cases, 'case')
      by.set(rule, [...known, `${kernelName(release)} (${words})`])
    }
  }
  return by
}

const SKIPS_SHOWN = 6

const skippedOf = ({ skipped }: KernelResults): number => skipped.reduce((sum, { cases }) => sum + cases, 0)

/** What one kernel was not asked, the commonest reasons first. */
const skippedHtml = (one: KernelResults): string => {
  const most = one.skipped.toSorted((a, b) => b.cases - a.cases)
  const rest = most.slice(SKIPS_SHOWN)
  const others =
    rest.length === 0
      ? ''
      : `<li>${rest.reduce((sum, { cases }) => sum + cases, 0)}: ${rest.length} other reasons</li>`
  return `<details><summary>${escaped(kernelName(one.release))}: who runs its guests, and what it was not asked</summary><div><p>${escaped(one.target)}.</p><ul>${most
    .slice(0, SKIPS_SHOWN)
    .map(({ reason, cases }) => `<li>${cases}: ${escaped(reason)}</li>`)
    .join('')}${others}</ul></div></details>`
}

const countOf = ({ passed }: KernelResults): number =>
  Object.values(passed).reduce((sum, names) => sum + names.length, 0)

/** The kernels that were asked: a row each. */
export const kernelsTable = (kernels: readonly KernelResults[]): Table => ({
  columns: [
    { head: 'kernel' },
    { head: 'release' },
    { head: 'passed', kind: 'number' },
    { head: 'failed', kind: 'number' },
    { head: 'rules confirmed', kind: 'number' },
    { head: 'cases not asked', kind: 'number' },
    { head: 'asked on' },
  ],
  rows: kernels.map(one => [
    kernelName(one.release),
    one.release,
    countOf(one),
    one.failed.length,
    Object.keys(one.rules).length,
    skippedOf(one),
    one.date,
  ]),
})

export const kernelsHtml = (kernels: readonly KernelResults[]): string =>
  kernels.length === 0
    ? '<p>No kernel was asked for this book.</p>'
    : `${tableHtml('Kernels that were asked', kernelsTable(kernels))}\n${kernels.map(skippedHtml).join('\n')}`
