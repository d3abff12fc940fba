import type { DesignsReport, MatrixScope } from './report-codec.js'

const KINDS: Readonly<Record<string, string>> = {
  plain: 'plain',
  log: 'LOG',
  ro: 'RO',
  'log+ro': 'LOG and RO',
}

const plural = (n: number, one: string): string =>
  `${n} ${one}${n === 1 ? '' : one.endsWith('s') ? 'es' : 's'}`
const named = ({ design, variant }: { readonly design: string; readonly variant: string | null }): string =>
  variant === null ? design : `${design} (${variant})`

const share = ({ every, updates }: MatrixScope): string =>
  every === 1
    ? `All ${plural(updates, 'update')} were taken.`
    : `Cut to every ${every}th of them in order of enumeration: ${plural(updates, 'update')}. The whole: --scope whole.`

/** The scope a matrix holds for, as sentences. */
export const scopeWords = ({ scope, cells }: DesignsReport): readonly string[] => {
  const { name, frames, hostPages, ids, kinds, companies, leftOut } = scope
  const searched = new Map(cells.map(cell => [named(cell), cell.states]))
  const states = [...searched.values()].reduce((sum, n) => sum + n, 0)
  const company = companies.map(
    ({ vcpus, accesses, harvests }) =>
      `${plural(vcpus, 'vCPU')} × ${plural(accesses, 'access')} and ${plural(harvests, 'harvest')}`,
  )
  return [
    `Scope ${name}: every pair of slot sets over ${plural(frames, 'frame')}, ${plural(hostPages, 'host page')}, ${plural(ids, 'id')}, each slot ${kinds.map(kind => KINDS[kind] ?? kind).join(', ')}, up to renaming.`,
    share(scope),
    `Beside each update: ${company.join('; then ')}, in every order; whatever may fail does and does not.`,
    `${states} states in all. Retrying (retry-ends, crash-visible) is decided for one vCPU.`,
    ...(leftOut.length === 0
      ? []
      : [
          `Left out, having no plan: ${leftOut.map(row => `${named(row)} ${row.updates} of ${scope.updates}`).join(', ')}.`,
        ]),
  ]
}
