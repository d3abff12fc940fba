import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import type { Rootless } from '../../terms/kernels.js'
import { held } from '../../terms/paging/meanwhile.js'
import { onward, type Walking } from '../../terms/walking.js'
import { linux, observed, semantics } from '../cite.js'
import { endedRootless, rootlessChoices } from '../walk/delivery.js'
import { at, belowSecondStage, byHardware, emulated, faulting, walker } from '../walk/station.js'
import { atRoot } from '../walk/tables.js'
import { withTopsKept } from '../walk/tops.js'
import { invalidBy, oneSlotAtATime, restarted, withChange } from './change.js'
import {
  blocked,
  delivery,
  due,
  finalPage,
  hasWindow,
  page,
  table,
  tops,
  windowFromStart,
} from './seeking.js'

const rootOfHardware: Premise<Walking> = premise(
  'root-of-hardware',
  {
    holds: 'the processor itself fetches, and the table is the one CR3 points to',
    fails: 'KVM’s emulator fetches, or the table is not the one CR3 points to',
  },
  cells => byHardware.holds(cells) && atRoot.holds(cells),
  cells => ({ ...byHardware.shows(cells), ...atRoot.shows(cells) }),
)

const retried: Premise<Walking> = premise(
  'invalid-retried',
  {
    holds: 'a fault of the processor at an INVALID slot is retried',
    fails: 'a fault of the processor at an INVALID slot meets it as a hole',
  },
  ({ params }) => params.invalid === 'retry',
  ({ params }) => ({ invalid: params.invalid }),
)

const secondStage = linux('arch/x86/kvm/mmu/mmu.c', 'kvm_mmu_faultin_pfn')
const does = semantics('What INVALID does')

/** What INVALID does to a fetch, by path: a fault of the second stage is retried, to all other paths the slot is a hole. */
export const invalidRules: readonly Rule<Cells>[] = [
  at('seek', {
    id: 'invalid.window',
    says: 'The first swap of a deletion or a move is seen by the look-ups that come after it: their slot is INVALID.',
    cites: [semantics('3. One slot at a time'), observed('The race')],
    when: [due, hasWindow],
    rewrite: cells => onward(cells, { meanwhile: { ...held, stage: 'blocked', owed: invalidBy(cells) } }),
  }),
  at('seek', {
    id: 'invalid.kicked',
    says: 'Where the processor fetches, the zap between the two swaps kicks it out of the guest: it may also begin again after both.',
    cites: [linux('virt/kvm/kvm_main.c', 'kvm_invalidate_memslot')],
    when: [due, hasWindow, byHardware],
    rewrite: restarted,
    notes: { why: 'A vCPU in guest mode holds no SRCU read side: the update does not wait for it to exit.' },
  }),
  at('seek', {
    id: 'invalid.second-swap',
    says: 'The second swap waits only for look-ups that began before the first: an operation that began while the slot was INVALID may see the new set from any look-up on.',
    cites: [linux('virt/kvm/kvm_main.c', 'kvm_swap_active_memslots'), semantics('Fetches between two swaps')],
    when: [not(due), oneSlotAtATime, windowFromStart, not(byHardware)],
    rewrite: cells => onward(withChange(cells), { at: cells.walk.seeking }),
    notes: {
      why: 'What the processor finds in that time is in both sets, or makes it wait for the new one.',
    },
  }),
  at('seek', {
    id: 'invalid.one-swap',
    says: 'A change of one swap is seen whole by the look-ups that come after it, and not by those before.',
    cites: [semantics('3. One slot at a time')],
    when: [due, not(hasWindow)],
    rewrite: cells => onward(withChange(cells), { at: cells.walk.seeking }),
  }),
  at('seek', {
    id: 'invalid.table',
    says: 'To KVM’s own walker, of shadow paging or of the emulator, a table in an INVALID slot is as in a hole: a page fault with P clear.',
    cites: [walker, does],
    when: [not(due), blocked, oneSlotAtATime, table, not(belowSecondStage), not(rootOfHardware)],
    rewrite: faulting(0),
  }),
  at('seek', {
    id: 'invalid.root-shadow',
    says: 'Where the root table of a guest with shadowed tables is INVALID, a fault cannot be delivered either: the guest shuts down, as with a hole.',
    cites: [walker, observed('The root in a hole')],
    kind: 'access',
    when: [not(due), blocked, oneSlotAtATime, table, not(belowSecondStage), rootOfHardware],
    choose: rootlessChoices,
    rewrite: (cells, { what }) => endedRootless(cells, what as Rootless),
  }),
  at('seek', {
    id: 'invalid.delivery',
    says: 'An exception that finds its root INVALID while it is delivered waits until the change is made.',
    cites: [secondStage, does],
    when: [not(due), blocked, oneSlotAtATime, delivery],
    rewrite: cells => onward(withChange(cells), { at: 'delivery' }),
  }),
  at('seek', {
    id: 'invalid.table-retry',
    says: 'Below a second stage an access to a table in an INVALID slot is retried until the change is made; the fetch then begins again.',
    cites: [secondStage, does],
    when: [not(due), blocked, oneSlotAtATime, table, belowSecondStage, retried],
    rewrite: restarted,
    notes: {
      variation: 'Before Linux 5.13 an INVALID slot was as a hole. Other architectures do not retry.',
    },
  }),
  at('seek', {
    id: 'invalid.pdptes',
    says: 'PAE’s top entries cannot be loaded from an INVALID slot, and stay as they were loaded before.',
    cites: [linux('arch/x86/kvm/x86.c', 'load_pdptrs'), does],
    when: [not(due), blocked, oneSlotAtATime, tops],
    rewrite: withTopsKept,
  }),
  at('seek', {
    id: 'invalid.page',
    says: 'The emulator cannot fetch from an INVALID slot: emulation fails, as in a hole.',
    cites: [linux('arch/x86/kvm/x86.c', 'kvm_fetch_guest_virt'), does],
    when: [not(due), blocked, oneSlotAtATime, page, not(byHardware)],
    rewrite: cells => onward(cells, { at: 'failed' }),
  }),
  at('seek', {
    id: 'invalid.page-retry',
    says: 'Where the processor fetches from an INVALID slot, or accesses data there, it retries until the change is made; the access then begins again.',
    cites: [secondStage, observed('The race'), observed('INVALID on three kernels')],
    when: [not(due), blocked, oneSlotAtATime, finalPage, byHardware, retried],
    rewrite: restarted,
  }),
  ...(
    [
      ['invalid.table-as-hole', 'table', table, belowSecondStage],
      ['invalid.page-as-hole', 'page', finalPage, byHardware],
    ] as const
  ).map(([id, what, sought, by]) =>
    at('seek', {
      id,
      says: `Where faults are not retried a ${what} in an INVALID slot is taken for a device: KVM emulates the instruction.`,
      cites: [observed('INVALID on three kernels'), does],
      when: [not(due), blocked, oneSlotAtATime, sought, by, not(retried)],
      rewrite: emulated,
      notes: {
        why: 'So does x86 before Linux 5.13. arm64 does not retry either, and has no emulator: data is MMIO at once.',
      },
    }),
  ),
]
