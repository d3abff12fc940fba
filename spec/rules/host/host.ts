import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Calling, Cells } from '../../terms/cells.js'
import { withRights } from '../../terms/host.js'
import { store } from '../../terms/memory.js'
import { hvaPage, isPageAligned, pageOf, TWO_TO_64 } from '../../terms/numbers.js'
import type { HostProtectCall, PokeCall } from '../../terms/operation.js'
import { pageRange } from '../../terms/page-set.js'
import { refuse, succeed } from '../answer.js'
import { linux, semantics } from '../cite.js'

type Protecting = Calling<HostProtectCall>
type Poking = Calling<PokeCall>

const protecting = { call: { op: 'host-protect' } } as const
const poking = { call: { op: 'poke' } } as const

const wholePages: Premise<Protecting> = premise(
  'whole-pages',
  {
    holds: 'the range is one or more whole pages, and ends within 64 bits',
    fails: 'the range is empty or not of whole pages, or ends beyond 64 bits',
  },
  ({ call: { hva, size } }) =>
    isPageAligned(hva) && isPageAligned(size) && size > 0n && hva + size <= TWO_TO_64,
  ({ call: { hva, size } }) => ({ hva, size }),
)

/** What the host does to its own pages, past the hypervisor. */
export const hostRules: readonly Rule<Cells>[] = [
  rule<Cells, Protecting>({
    id: 'host-protect.range',
    kind: 'call fails',
    says: 'The host gives rights to whole pages only.',
    cites: [semantics('Slot')],
    match: protecting,
    when: [not(wholePages)],
    rewrite: cells => refuse(cells, 'EINVAL'),
  }),
  rule<Cells, Protecting>({
    id: 'host-protect.rights',
    kind: 'call succeeds',
    says: 'The host takes rights from its pages, or gives them back: slots, logs and contents stay.',
    cites: [linux('virt/kvm/kvm_main.c', 'kvm_mmu_notifier_invalidate_range_start, hva_to_pfn')],
    match: protecting,
    when: [wholePages],
    rewrite: cells => {
      const { hva, size, rights } = cells.call
      const first = pageOf(hva)
      const pages = pageRange(first, first + Number(size >> 12n))
      return succeed({ ...cells, host: withRights(cells.host, pages, rights) })
    },
    notes: {
      why: 'Cached translations of the pages are gone when the call returns: the MMU notifier has KVM zap them.',
    },
  }),
  rule<Cells, Poking>({
    id: 'poke.store',
    kind: 'call succeeds',
    says: 'The host writes its own memory: the guest sees it through every mapping, and no log marks it.',
    cites: [semantics('Access')],
    match: poking,
    when: [],
    rewrite: cells => {
      const page = hvaPage(pageOf(cells.call.hva))
      return succeed({
        ...cells,
        memory: store(cells.memory, page, Number(cells.call.hva & 4095n), cells.call.data),
      })
    },
  }),
]
