import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { onward, type Walking } from '../../terms/walking.js'
import { linux, observed, semantics } from '../cite.js'
import { at, badHva, emulated } from '../walk/station.js'
import { hostRights, mapped, notMapped, pageReached, writable } from '../walk/target.js'
import { allTranslated, op, toData, toNextPage } from './address.js'

const faultin = linux('arch/x86/kvm/mmu/mmu.c', 'kvm_mmu_faultin_pfn, kvm_handle_error_pfn')
const cites = [faultin, semantics('5. The fetch path')]

const writes = op('write-virtual', 'rmw-virtual')
/** What the host must let KVM do with the page: read it, or for a write write it. */
const hostAllows: Premise<Walking> = premise(
  'host-allows',
  {
    holds: 'the host lets KVM read the page behind the frame, and for a write write it',
    fails: 'the host lets KVM not read the page behind the frame, or for a write not write it',
  },
  cells => {
    const { read, write } = hostRights(cells, cells.walk.gfn)
    return writes.holds(cells) ? write : read
  },
  cells => ({ gfn: cells.walk.gfn, host: hostRights(cells, cells.walk.gfn), ...writes.shows(cells) }),
)
/** A write to a read-only slot has no page to go to. */
const slotAllows: Premise<Walking> = premise(
  'slot-allows',
  {
    holds: 'the access is a read, or the slot is not read-only',
    fails: 'the access is a write, and the slot is read-only',
  },
  cells => !writes.holds(cells) || writable.holds(cells),
  cells => ({ ...writable.shows(cells), ...writes.shows(cells) }),
)

const counted = (cells: Walking): Walking => onward(cells, { lookups: cells.walk.lookups + 1 })

/** The slot behind a page of data that the processor reads or writes itself. */
export const reachRules: readonly Rule<Cells>[] = [
  at('reach', {
    id: 'data.hole-hardware',
    says: 'Where the processor finds no slot behind data, KVM emulates the instruction, and translates the data from its first byte.',
    cites: [linux('arch/x86/kvm/mmu/mmu.c', 'kvm_handle_noslot_fault, kvm_mmu_page_fault'), observed('Data')],
    when: [notMapped],
    rewrite: emulated,
  }),
  at('reach', {
    id: 'data.read-only-hardware',
    says: 'A write by the processor to a read-only slot is emulated, whatever the host allows: it ends as MMIO.',
    cites: [linux('virt/kvm/kvm_main.c', '__gfn_to_hva_many, kvm_follow_pfn'), observed('Host pages')],
    when: [mapped, not(slotAllows)],
    rewrite: emulated,
  }),
  at('reach', {
    id: 'data.bad-hva-hardware',
    kind: 'access',
    says: 'Data that the processor cannot reach because the host denies the page ends KVM_RUN with EFAULT.',
    cites: [faultin, observed('Host pages')],
    when: [mapped, slotAllows, not(hostAllows)],
    rewrite: badHva,
  }),
  at('reach', {
    id: 'data.crosses-hardware',
    says: 'The processor goes on to the second page of data once it has reached the first, and stores nothing before both are reached.',
    cites,
    when: [mapped, slotAllows, hostAllows, not(allTranslated)],
    rewrite: cells => toNextPage(counted(pageReached(cells))),
    notes: {
      variation:
        'A processor may walk to the second page first, or leave the dirty bit of the first clear where the second faults.',
    },
  }),
  at('reach', {
    id: 'data.reached-hardware',
    says: 'Once the processor has reached every page the data is read or written, and is never MMIO.',
    cites,
    when: [mapped, slotAllows, hostAllows, allTranslated],
    rewrite: cells => toData(counted(pageReached(cells))),
  }),
]
