import { not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Calling, Cells } from '../../terms/cells.js'
import { addressOf, pageOf } from '../../terms/numbers.js'
import type { HvaRangeCall, LookupCall } from '../../terms/operation.js'
import type { BackedRange } from '../../terms/result.js'
import { type Space, slotAt } from '../../terms/space.js'
import { answer, refuse } from '../answer.js'
import { linux, semantics } from '../cite.js'

type Looking = Calling<LookupCall>
type Ranging = Calling<HvaRangeCall>

const looking = { call: { op: 'lookup' } } as const
const ranging = { call: { op: 'hva-range' } } as const

const spaceExists: Premise<Looking> = premise(
  'space-exists',
  { holds: 'the VM has the address space', fails: 'the VM does not have the address space' },
  ({ call, spaces }) => call.as < spaces.length,
  ({ call, spaces }) => ({ as: call.as, spaces: spaces.length }),
)
const frameMapped: Premise<Looking> = premise(
  'frame-mapped',
  { holds: 'a slot lies behind the frame', fails: 'no slot lies behind the frame' },
  ({ call, spaces }) => slotAt(spaces[call.as] as Space, call.gfn) !== null, // only asked after space-exists
  ({ call }) => ({ as: call.as, gfn: call.gfn }),
)
const rangeNotEmpty: Premise<Ranging> = premise(
  'range-not-empty',
  {
    holds: 'the range is not empty, and ends within 64 bits',
    fails: 'the range is empty, or ends beyond 64 bits',
  },
  ({ call }) => call.size > 0n && call.hva + call.size <= 1n << 64n,
  ({ call }) => ({ hva: call.hva, size: call.size }),
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
    says: 'A look-up in a space that does not exist fails.',
    cites: [semantics('Set')],
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
    cites: [linux('include/linux/kvm_host.h', 'search_memslots'), semantics('Properties')],
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
    cites: [semantics('Slot')],
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
]
