import { counted, nounFor } from '../../../spec/terms/counted.js'
import type { DesignsReport, MatrixScope } from './codec.js'
import { foldedWords } from './folded.js'

const KINDS: Readonly<Record<string, string>> = {
  plain: 'plain',
  log: 'LOG',
  ro: 'RO',
  'log+ro': 'LOG and RO',
}

const named = ({ design, variant }: { readonly design: string; readonly variant: string | null }): string =>
  variant === null ? design : `${design} (${variant})`

type Taken = MatrixScope['rows'][number]

/** How many updates a row takes, of how many, in few words. */
export const takenWords = ({ taken, planned }: Pick<Taken, 'taken' | 'planned'>): string =>
  taken === planned ? `all ${planned}` : `${taken} of ${planned}`

const share = ({ rows, updates }: MatrixScope): readonly string[] => {
  const cut = rows.some(row => row.taken < row.planned)
  const partial = rows.filter(row => row.planned < updates)
  const which = cut
    ? `Cut to the updates in the column "updates", evenly spread over those the design has a plan for. The whole: --scope whole.`
    : 'Each row takes all that its design has a plan for.'
  return [
    `${counted(updates, 'update')} in all. ${which}`,
    ...(partial.length === 0
      ? []
      : [
          `Left out, having no plan: ${partial.map(row => `${named(row)} ${updates - row.planned} of ${updates}`).join(', ')}.`,
        ]),
    ...rows.flatMap(row =>
      row.added === null || row.variant !== null
        ? []
        : [
            `${named(row)}: ${row.added} of ${counted(row.planned, 'update')} ${nounFor(row.added, 'uses', 'use')} a call that it adds; the others are today's.`,
          ],
    ),
  ]
}

const companyWords = ({ id, vcpus, accesses, harvests }: MatrixScope['companies'][number]): string =>
  `${counted(vcpus, 'vCPU')} × ${counted(accesses, 'access', 'accesses')}${harvests === 0 ? '' : ` and ${counted(harvests, 'harvest')}`} (${id})`

/** Actors and paths that no search has, and what a cell does not say for that. */
const LEFT_OUT = [
  'Emulated accesses, accesses of the kernel’s own (ioctls, events that it delivers) and shadow paging are searched where a row or its variant says so, and decide nothing elsewhere.',
  'Left out, with the consequence. The mappings of a nested guest (what L1 maps for L2): they must be zapped with the slot, or L2 goes on in old pages after the update; no cell says whether. VFIO: a device goes on reading and writing the old pages until userspace unmaps them, and marks nothing in a dirty log. Memory of a vhost worker, which userspace hands over by host address: it is neither blocked nor drained, and its log is its own. Host addresses that the kernel caches by generation (steal time, kvmclock) are taken for look-ups: one that outlived its generation would be a fault. Whether locks are fair, which is assumed: else any call may wait for ever.',
] as const

/** The scope a matrix holds for, as sentences. */
export const scopeWords = ({ scope, cells }: DesignsReport): readonly string[] => {
  const { name, frames, hostPages, ids, kinds, companies } = scope
  const searched = new Map<string, number>()
  for (const cell of cells) searched.set(named(cell), Math.max(cell.states, searched.get(named(cell)) ?? 0))
  const states = [...searched.values()].reduce((sum, n) => sum + n, 0)
  return [
    `Scope ${name}: every pair of slot sets over ${counted(frames, 'frame')}, ${counted(hostPages, 'host page')}, ${counted(ids, 'id')}, each slot ${kinds.map(kind => KINDS[kind] ?? kind).join(', ')}, up to renaming.`,
    ...share(scope),
    ...foldedWords(cells),
    `Beside each update: ${companies.map(companyWords).join('; then ')}, in every order; whatever may fail does and does not.`,
    `${counted(states, 'state')} in all. A number after "holds" is of the states in which it was asked: retry-ends and crash-visible of one vCPU, space-scoped of one that goes to another space, and for ever of updates there and back again without logs.`,
    ...LEFT_OUT,
  ]
}
