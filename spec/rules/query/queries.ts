import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Calling, Cells } from '../../terms/cells.js'
import { withRights } from '../../terms/host.js'
import { store } from '../../terms/memory.js'
import { addressOf, hvaPage, isPageAligned, pageOf, TWO_TO_64 } from '../../terms/numbers.js'
import type { HostProtectCall, HvaRangeCall, LookupCall, PokeCall } from '../../terms/operation.js'
import { pageRange } from '../../terms/page-set.js'
import type { BackedRange } from '../../terms/result.js'
import { type Space, slotAt } from '../../terms/space.js'
import { answer, refuse, succeed } from '../answer.js'
import { linux, semantics } from '../cite.js'

type Looking = Calling<LookupCall>
type Ranging = Calling<HvaRangeCall>
type Protecting = Calling<HostProtectCall>
type Poking = Calling<PokeCall>

const looking = { call: { op: 'lookup' } } as const
const ranging = { call: { op: 'hva-range' } } as const
const protecting = { call: { op: 'host-protect' } } as const
const poking = { call: { op: 'poke' } } as const

const spaceExists: Premise<Looking> = premise(
  'space-exists',
  'the VM has the address space',
  ({ call, spaces }) => call.as < spaces.length,
  ({ call, spaces }) => ({ as: call.as, spaces: spaces.length }),
)
const frameMapped: Premise<Looking> = premise(
  'frame-mapped',
  'a slot lies behind the frame',
  ({ call, spaces }) => slotAt(spaces[call.as] as Space, call.gfn) !== null, // only asked after space-exists
  ({ call }) => ({ as: call.as, gfn: call.gfn }),
)
const rangeNotEmpty: Premise<Ranging> = premise(
  'range-not-empty',
  'the range has a size, and ends in 64 bits',
  ({ call }) => call.size > 0n && call.hva + call.size <= 1n << 64n,
  ({ call }) => ({ hva: call.hva, size: call.size }),
)

const wholePages: Premise<Protecting> = premise(
  'whole-pages',
  'the range begins and ends with a page, has one, and ends in 64 bits',
  ({ call: { hva, size } }) =>
    isPageAligned(hva) && isPageAligned(size) && size > 0n && hva + size <= TWO_TO_64,
  ({ call: { hva, size } }) => ({ hva, size }),
)

/** The frames of a slot whose backing meets the host pages `[from, to)`. */
const backed = (as: number, space: Space, from: number, to: number): readonly BackedRange[] =>
  space.slots.flatMap(slot => {
    const first = Math.max(from, slot.hva)
    const end = Math.min(to, slot.hva + slot.npages)
    return first < end
      ? [{ as, id: slot.id as number, gfn: slot.base + (first - slot.hva), npages: end - first }]
      : []
  })

export const queryRules: readonly Rule<Cells>[] = [
  rule<Cells, Looking>({
    id: 'lookup.space',
    kind: 'call fails',
    says: 'There is nothing to look up in a space that does not exist.',
    cites: [semantics('1: set')],
    match: looking,
    when: [not(spaceExists)],
    rewrite: cells => refuse(cells, 'EINVAL'),
  }),
  rule<Cells, Looking>({
    id: 'lookup.hole',
    kind: 'call succeeds',
    says: 'A frame outside every slot has nothing behind it.',
    cites: [linux('include/linux/kvm_host.h', 'search_memslots')],
    match: looking,
    when: [spaceExists, not(frameMapped)],
    rewrite: cells => answer(cells, { is: 'found', found: null }),
  }),
  rule<Cells, Looking>({
    id: 'lookup.slot',
    kind: 'call succeeds',
    says: 'A frame lies in at most one slot, internal ones included; its page there fixes its host page.',
    cites: [linux('include/linux/kvm_host.h', 'search_memslots'), semantics('4: sets-agree')],
    match: looking,
    when: [spaceExists, frameMapped],
    rewrite: cells => {
      const { as, gfn } = cells.call
      const slot = slotAt(cells.spaces[as] as Space, gfn)
      if (slot === null) return refuse(cells, 'EINVAL') // cannot be: frame-mapped
      const page = gfn - slot.base
      const found = {
        id: slot.id as number,
        page,
        hva: addressOf(slot.hva + page),
        ro: slot.ro,
        log: slot.log,
      }
      return answer(cells, { is: 'found', found })
    },
  }),
  rule<Cells, Ranging>({
    id: 'hva-range.empty',
    kind: 'call fails',
    says: 'A host range without a size backs nothing.',
    cites: [semantics('1: slot')],
    match: ranging,
    when: [not(rangeNotEmpty)],
    rewrite: cells => refuse(cells, 'EINVAL'),
  }),
  rule<Cells, Ranging>({
    id: 'hva-range.slots',
    kind: 'call succeeds',
    says: 'A host range backs frames of every slot that meets it, in every space: aliases are legal.',
    cites: [linux('virt/kvm/kvm_main.c', 'kvm_handle_hva_range')],
    match: ranging,
    when: [rangeNotEmpty],
    rewrite: cells => {
      const from = pageOf(cells.call.hva)
      const to = Number((cells.call.hva + cells.call.size + 4095n) >> 12n)
      const ranges = cells.spaces.flatMap((space, as) => backed(as, space, from, to))
      return answer(cells, { is: 'ranges', ranges })
    },
  }),
  rule<Cells, Protecting>({
    id: 'host-protect.range',
    kind: 'call fails',
    says: 'The host gives rights to whole pages only.',
    cites: [semantics('1: slot')],
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
    notes: { why: 'What was cached of the pages is gone when the call returns: KVM is told by a notifier.' },
  }),
  rule<Cells, Poking>({
    id: 'poke.store',
    kind: 'call succeeds',
    says: 'The host writes its own memory: the guest sees it through every mapping, and no log marks it.',
    cites: [semantics('1: access')],
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
