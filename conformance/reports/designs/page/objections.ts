/** An objection of the thread, the cell whose run shows what was feared, and the cell that answers it. */
export interface Objection {
  readonly title: string
  readonly says: string
  readonly shown: CellName
  readonly answered: CellName
}
export interface CellName {
  readonly design: string
  readonly variant: string | null
  readonly property: string
}

const of = (design: string, property: string): CellName => ({ design, variant: null, property })

/** Three that the thread did not settle, and the first question of the review. */
export const objections: readonly Objection[] = [
  {
    title: 'Old and new host address at once',
    says: 'Sean Christopherson: if the host address of a slot changes, some accesses could hit the old page and some the new, with no quiescent period between. Blocking the pages until no access holds the old set is that period. What remains is a fetch of several accesses, one of them before the commit point and one behind it; to rule that out too, the unit of the drain must be the whole fetch (variant fetch-atomic).',
    shown: of('batch', 'two-maps, fetch-atomic'),
    answered: of('batch', 'write-coherent'),
  },
  {
    title: 'The dirty bitmap on a punched hole',
    says: 'Paolo Bonzini and Peter Xu: where a logged slot is replaced, by a smaller one or by two around a hole, what happens to dirty bits that were not harvested? One swap alone does not help: they go with the old slot. They must be carried to the pages that live on, and handed to the caller for those that do not.',
    shown: of('rfc-single-swap', 'dirty-complete'),
    answered: of('batch', 'dirty-complete'),
  },
  {
    title: 'A crashed guest, or a race',
    says: 'Paolo Bonzini: if a fetch from a hole exits and userspace always retries it, a guest that jumped into a real hole is retried for ever. Sean Christopherson: userspace knows its own updates, and can retry while one is in progress; then the crash is reported, but data and page tables are still seen as holes (fetch-exit / no-hole). Where no page that stays mapped is ever a hole, no retry is needed, and every hole is a real one.',
    shown: { design: 'fetch-exit', variant: 'always', property: 'crash-visible' },
    answered: of('batch', 'crash-visible'),
  },
  {
    title: 'Why not in userspace',
    says: 'Sean Christopherson: it is a feature, and userspace could do it. It can: vCPUs that are always kept out see neither a hole nor a mixture. What it loses: every vCPU stops for every update, also for those whose pages it does not touch; each call is still a swap of its own, and is waited for; and what is no vCPU, an access of the kernel’s own, is not kept out. What it costs for recorded boots stands in the table of calls, swaps and kicks.',
    shown: { design: 'paused', variant: 'always, in-kernel', property: 'no-hole' },
    answered: of('batch', 'undisturbed'),
  },
]
