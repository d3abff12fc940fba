import { type Citation, not, type Premise, type Rule, rule } from '../../rewrite/index.js'
import { type Cells, withSpace } from '../../terms/cells.js'
import { type DirtyLog, freshLog } from '../../terms/dirty-log.js'
import { type Generation, gfn, hvaPage, pageOf, slotId, spaceId } from '../../terms/numbers.js'
import type { Errno } from '../../terms/result.js'
import { LOG, RO, type Slot } from '../../terms/slot.js'
import { generationAfter, type Space, without, withSlot } from '../../terms/space.js'
import { refuse, succeedIn } from '../answer.js'
import { linux, observed, semantics } from '../cite.js'
import { backingAsked } from './memfd.js'
import * as is from './premises.js'
import { earlyChecks, setting } from './refused.js'

type Setting = is.Setting
const MAIN = 'virt/kvm/kvm_main.c'

/** Publishes a set of slots in the space the call names. */
const publish = (
  cells: Setting,
  swaps: number,
  slotsAt: (now: Generation, space: Space) => readonly Slot[],
): Cells => {
  const { as } = cells.call
  const space = cells.spaces[as] as Space // every rule here comes after the check that the space exists
  const after = space.swaps + swaps
  const now = generationAfter(spaceId(as), after, cells.params.spaces)
  return withSpace<Cells>(cells, as, { slots: slotsAt(now, space), swaps: after })
}

/** The bitmap under the flags asked for: none, the one there was, or a fresh one (`kvm_prepare_memory_region`). */
const logFor = ({ call, ring, protect }: Setting, old: Slot | null): DirtyLog | null => {
  if ((call.flags & LOG) === 0) return null
  if (old !== null && old.dirty !== null) return old.dirty
  return ring ? null : freshLog(pageOf(call.size), protect === 3)
}

const slotAsked = (cells: Setting, old: Slot | null, since: Generation): Slot => ({
  id: slotId(cells.call.id),
  base: gfn(pageOf(cells.call.gpa)),
  npages: pageOf(cells.call.size),
  hva: hvaPage(pageOf(cells.call.hva)),
  log: (cells.call.flags & LOG) !== 0,
  ro: (cells.call.flags & RO) !== 0,
  gmem: backingAsked(cells.call),
  dirty: logFor(cells, old),
  since,
})

const wantsRegion = not(is.asksDelete)
const prepared = [...earlyChecks, is.bitmapAllocated, is.endsWithinMaxGfn, is.metadataAllocated]

export const deleteSlot = rule<Cells, Setting>({
  id: 'set.delete',
  kind: 'call succeeds',
  says: 'Size 0 deletes the slot: first INVALID and zapped, then gone. Its bitmap is freed and unread bits are lost.',
  cites: [
    linux(MAIN, 'kvm_set_memslot, kvm_invalidate_memslot, kvm_delete_memslot'),
    observed('KVM_SET_USER_MEMORY_REGION'),
    observed('LOG at creation'),
  ],
  match: setting,
  when: [...earlyChecks, is.asksDelete, is.slotExists],
  rewrite: cells =>
    succeedIn(
      publish(cells, 2, (_, space) => without(space.slots, slotId(cells.call.id))),
      cells.call.as,
    ),
})

export const createSlot = rule<Cells, Setting>({
  id: 'set.create',
  kind: 'call succeeds',
  says: 'An id without a slot gets one: published by one swap, with a clear log, or an all-set one where that is on.',
  cites: [
    linux(MAIN, 'kvm_set_memslot, kvm_create_memslot, kvm_prepare_memory_region'),
    observed('KVM_SET_USER_MEMORY_REGION'),
    observed('LOG at creation'),
  ],
  match: setting,
  when: [...prepared, wantsRegion, not(is.slotExists)],
  rewrite: cells =>
    succeedIn(
      publish(cells, 1, (now, space) => withSlot(space.slots, slotAsked(cells, null, now))),
      cells.call.as,
    ),
})

export const moveSlot = rule<Cells, Setting>({
  id: 'set.move',
  kind: 'call succeeds',
  says: 'A live slot asked to begin elsewhere moves there, through INVALID; a log that stays on keeps its bits by page of the slot.',
  cites: [linux(MAIN, 'kvm_set_memslot, kvm_move_memslot'), observed('MOVE with LOG')],
  match: setting,
  when: [...prepared, wantsRegion, is.slotExists, is.changesBase],
  rewrite: cells =>
    succeedIn(
      publish(cells, 2, (now, space) => withSlot(space.slots, slotAsked(cells, is.oldSlot(cells), now))),
      cells.call.as,
    ),
})

export const changeFlags = rule<Cells, Setting>({
  id: 'set.flags-only',
  kind: 'call succeeds',
  says: 'Other flags at the same place: one swap, never INVALID. Logging off frees the bitmap; on again starts with a new one.',
  cites: [
    linux(MAIN, 'kvm_set_memslot, kvm_update_flags_memslot, kvm_commit_memory_region'),
    observed('Dirty log'),
  ],
  match: setting,
  when: [...prepared, wantsRegion, is.slotExists, not(is.changesBase), is.changesFlags],
  rewrite: cells => {
    const old = is.oldSlot(cells) as Slot // slotExists
    return succeedIn(
      publish(cells, 1, (_, space) => withSlot(space.slots, slotAsked(cells, old, old.since))),
      cells.call.as,
    )
  },
})

export const changeNothing = rule<Cells, Setting>({
  id: 'set.no-op',
  kind: 'call succeeds',
  says: 'A slot described as it is stays as it is: no swap, no generation, log untouched.',
  cites: [linux(MAIN, 'kvm_set_memory_region'), observed('A region set again as it is')],
  match: setting,
  when: [...prepared, wantsRegion, is.slotExists, not(is.changesBase), not(is.changesFlags)],
  rewrite: cells => succeedIn(cells, cells.call.as),
})

/** A failure after a MOVE has invalidated its slot: the old set comes back by a second swap, nothing else changes. */
const failLate = (cells: Setting, errno: Errno): Cells => {
  const moves = cells.call.size > 0n && is.oldSlot(cells) !== null && is.changesBase.holds(cells)
  return refuse(moves ? publish(cells, 2, (_, space) => space.slots) : cells, errno)
}

/** Functions of x86; the others are of every architecture. */
const OF_ARCHITECTURE: ReadonlySet<string> = new Set([
  'kvm_arch_prepare_memory_region',
  'kvm_alloc_memslot_metadata',
])

const lateRefusal = (
  id: string,
  says: string,
  errno: Errno | ((cells: Setting) => Errno),
  at: string,
  after: readonly Premise<Setting>[],
  check: Premise<Setting>,
  also: readonly Citation[] = [],
): Rule<Cells> =>
  rule<Cells, Setting>({
    id,
    kind: 'call fails',
    says,
    cites: [linux(OF_ARCHITECTURE.has(at) ? 'arch/x86/kvm/x86.c' : MAIN, at), ...also, semantics('Since')],
    match: setting,
    after,
    when: [not(is.asksDelete), check],
    rewrite: cells => failLate(cells, typeof errno === 'string' ? errno : errno(cells)),
    notes: {
      why: 'A MOVE was INVALID and zapped by then: two swaps have passed, but the slot and its log are as before.',
    },
  })

export const setNoBitmap = lateRefusal(
  'set.no-bitmap',
  'If a dirty bitmap cannot be allocated the call fails, late.',
  'ENOMEM',
  'kvm_prepare_memory_region',
  earlyChecks,
  not(is.bitmapAllocated),
)
export const setBeyondMaxGfn = lateRefusal(
  'set.beyond-max-gfn',
  'A range that appears or moves must end at a frame the MMU can map; that is found out late.',
  ({ params }) => params.beyondMaxGfn,
  'kvm_arch_prepare_memory_region',
  [...earlyChecks, is.bitmapAllocated],
  not(is.endsWithinMaxGfn),
  [linux('arch/arm64/kvm/mmu.c', 'kvm_arch_prepare_memory_region'), semantics('Architectures')],
)
export const setNoMetadata = lateRefusal(
  'set.no-metadata',
  'If the metadata of a range that appears or moves cannot be allocated the call fails, late.',
  'ENOMEM',
  'kvm_alloc_memslot_metadata',
  [...earlyChecks, is.bitmapAllocated, is.endsWithinMaxGfn],
  not(is.metadataAllocated),
)
export const setMemoryScarce = rule<Cells, Setting>({
  id: 'set.memory-scarce',
  kind: 'call fails',
  special: 'implementation-defined',
  says: 'Where memory may be scarce, a call that changes something may fail with ENOMEM and change nothing.',
  cites: [linux(MAIN, 'kvm_set_memslot')],
  match: setting,
  when: [...earlyChecks, is.allocationMayFail],
  rewrite: cells => refuse(cells, 'ENOMEM'),
  notes: { omits: 'A failure after the invalidation of a MOVE, which would cost two swaps.' },
})

export const oneSlotRules: readonly Rule<Cells>[] = [
  setNoBitmap,
  setBeyondMaxGfn,
  setNoMetadata,
  setMemoryScarce,
  deleteSlot,
  createSlot,
  moveSlot,
  changeFlags,
  changeNothing,
]
