import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import type { Rootless } from '../../terms/kernels.js'
import { entryOffset, entrySize, readEntry } from '../../terms/paging/entry.js'
import type { Slot } from '../../terms/slot.js'
import { onward, type Step, type Walking } from '../../terms/walking.js'
import { linux, observed, semantics } from '../cite.js'
import { pae } from './beginnings.js'
import { endedRootless, rootlessChoices } from './delivery.js'
import { at, badHva, belowSecondStage, byHardware, emulated, faulting, regimeIn, walker } from './station.js'
import {
  hostPage,
  hostRights,
  mapped,
  notMapped,
  reached,
  readable,
  target,
  visible,
  writable,
} from './target.js'

const cites = [walker, semantics('5. The fetch path')]

export const atRoot: Premise<Walking> = premise(
  'at-root',
  { holds: 'the table is the one CR3 points to', fails: 'the table is not the one CR3 points to' },
  ({ walk, ...cells }) => walk.level === regimeIn({ walk, ...cells } as Walking).top,
  ({ walk }) => ({ level: walk.level }),
)
/** KVM shadows no tables whose root its own walker does not see. */
const unseenRoot: Premise<Walking> = premise(
  'unseen-root',
  {
    holds:
      'the processor makes the access through tables that KVM shadows, and no user slot lies behind their root',
    fails:
      'the processor does not make the access through tables that KVM shadows, or the table is not their root, or a user slot lies behind it',
  },
  cells =>
    byHardware.holds(cells) &&
    cells.params.secondStage === 'shadow' &&
    atRoot.holds(cells) &&
    !(mapped.holds(cells) && visible.holds(cells)),
  cells => ({ ...byHardware.shows(cells), secondStage: cells.params.secondStage, ...visible.shows(cells) }),
)

const stepHere = (cells: Walking): Step => {
  const { walk, memory } = cells
  const { paging } = regimeIn(cells)
  const slot = target(cells) as Slot // mapped
  const offset = entryOffset(paging, walk.level, walk.la, walk.loaded?.cr3 ?? 0n)
  const entry = readEntry(memory, hostPage(slot, walk.gfn), offset, entrySize(paging))
  return { level: walk.level, gfn: walk.gfn, offset, entry }
}

/** The entry is read; below a second stage, which may take this for a write of the table’s page. */
const readTable = (cells: Walking): Walking =>
  onward(belowSecondStage.holds(cells) ? reached(cells, cells.walk.gfn) : cells, {
    at: 'entry',
    steps: [...cells.walk.steps, stepHere(cells)],
    rootless: false,
    lookups: cells.walk.lookups + 1,
  })

const hostWritable: Premise<Walking> = premise(
  'host-writable',
  {
    holds: 'the host can write the page behind the frame',
    fails: 'the host cannot write the page behind the frame',
  },
  cells => hostRights(cells, cells.walk.gfn).write,
  cells => ({ gfn: cells.walk.gfn, host: hostRights(cells, cells.walk.gfn) }),
)

const secondStage = linux('arch/x86/kvm/mmu/mmu.c', 'kvm_mmu_faultin_pfn, kvm_handle_error_pfn')

/** The slot behind a table. */
export const tables: readonly Rule<Cells>[] = [
  at('table', {
    id: 'walk.table',
    says: 'The entry is read, whole, from the slot behind its table, which may be read-only.',
    cites,
    when: [mapped, readable, visible],
    rewrite: readTable,
  }),
  at('table', {
    id: 'walk.table-invisible',
    says: 'The page walker does not see internal slots: their pages are no tables.',
    cites,
    when: [mapped, readable, not(visible), not(belowSecondStage), not(unseenRoot)],
    rewrite: faulting(0),
  }),
  at('table', {
    id: 'walk.table-internal',
    says: 'Below a second stage the processor walks a table in any slot, in an internal one too.',
    cites: [secondStage],
    when: [mapped, readable, not(visible), belowSecondStage],
    rewrite: readTable,
    notes: {
      why: 'Only KVM’s own walker asks whether a slot is the user’s; the second stage maps every one.',
    },
  }),
  at('table', {
    id: 'walk.table-bad-hva',
    says: 'A table that the host cannot read is a page fault to KVM’s walker, as if its entry were not present.',
    cites,
    when: [mapped, not(readable), not(belowSecondStage), not(unseenRoot)],
    rewrite: faulting(0),
  }),
  at('table', {
    id: 'walk.table-bad-hva-tdp',
    says: 'Below a second stage a table that the host cannot read ends KVM_RUN with EFAULT.',
    cites: [secondStage],
    kind: 'access',
    when: [mapped, not(readable), belowSecondStage],
    rewrite: badHva,
  }),
  at('table', {
    id: 'walk.table-unwritable-tdp',
    says: 'A second stage may take every access to a table for a write: if the slot is writable and the host cannot write the page, KVM_RUN then ends with EFAULT.',
    cites: [secondStage, semantics('5. The fetch path')],
    kind: 'access',
    when: [mapped, readable, belowSecondStage, writable, not(hostWritable)],
    rewrite: badHva,
    notes: {
      variation:
        'AMD’s does, and Intel’s if it has accessed and dirty bits of its own; otherwise it does not.',
    },
  }),
  at('table', {
    id: 'walk.table-read-only-tdp',
    says: 'If the slot is read-only, such an access finds no page: KVM emulates the instruction, and walks the tables itself.',
    cites: [linux('virt/kvm/kvm_main.c', '__gfn_to_hva_many, kvm_follow_pfn'), secondStage],
    when: [mapped, belowSecondStage, not(writable)],
    rewrite: emulated,
    notes: {
      why: 'That the slot is read-only is checked before whether the host can read the page: the look-up gives KVM_HVA_ERR_RO_BAD.',
    },
  }),
  at('table', {
    id: 'walk.root-unseen-shadow',
    says: 'Without a root table that KVM’s walker sees, a fault cannot be delivered either: under shadow paging the guest shuts down.',
    cites: [
      observed('The root in a hole'),
      linux('arch/x86/kvm/mmu/mmu.c', 'mmu_alloc_shadow_roots'),
      linux('virt/kvm/kvm_main.c', 'kvm_vcpu_is_visible_gfn'),
    ],
    kind: 'access',
    when: [unseenRoot],
    choose: rootlessChoices,
    rewrite: (cells, { what }) => endedRootless(cells, what as Rootless),
  }),
  at('table', {
    id: 'walk.no-slot',
    says: 'A table in a hole is a page fault, as if its entry were not present.',
    cites: [walker, observed('Page tables')],
    when: [notMapped, not(belowSecondStage), not(unseenRoot)],
    rewrite: faulting(0),
  }),
  at('table', {
    id: 'walk.no-slot-tdp',
    says: 'Where the processor walks, a lower table in a hole is taken for a device: KVM emulates, and its own walk fails there.',
    cites: [walker, observed('Page tables')],
    when: [notMapped, belowSecondStage, not(atRoot)],
    rewrite: emulated,
    notes: {
      variation:
        'Where address and entry have the same offset in their pages, one kernel under emulation of the processor gave an MMIO exit at the entry; not seen elsewhere.',
    },
  }),
  at('table', {
    id: 'walk.no-root-tdp',
    says: 'Below a second stage a root table in a hole is taken for a device too: KVM emulates, its own walker finds no root either, and what it injects cannot be delivered without one.',
    cites: [observed('The root in a hole'), linux('arch/x86/kvm/x86.c', 'x86_emulate_instruction')],
    when: [notMapped, belowSecondStage, atRoot, not(pae)],
    rewrite: cells => emulated(onward(cells, { rootless: true, lookups: cells.walk.lookups + 1 })),
  }),
  at('table', {
    id: 'walk.no-top-tdp',
    says: 'Where PAE’s top entries are in a hole KVM emulates the instruction, and its own walker still has the ones it loaded before.',
    cites: [secondStage, linux('arch/x86/kvm/svm/svm.c', 'svm_cache_reg')],
    when: [notMapped, belowSecondStage, atRoot, pae],
    rewrite: emulated,
  }),
]
