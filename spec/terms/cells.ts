import type { DirtyLog } from './dirty-log.js'
import { allRights, type HostPages } from './host.js'
import type { Memfd } from './memfd.js'
import { emptyMemory, type Memory } from './memory.js'
import type { Generation, SpaceId, U64 } from './numbers.js'
import type { Operation } from './operation.js'
import type { Loaded } from './paging/loaded.js'
import type { RegisterImage } from './paging/registers.js'
import type { Parameters } from './parameters.js'
import type { Exception, Result, Seen } from './result.js'
import { type Slot, withLog } from './slot.js'
import { emptySpace, generationAfter, type Space, withSlot } from './space.js'

/** A vCPU at the grain of whole accesses. */
export interface Vcpu {
  readonly id: number
  /** The address space in which its accesses are looked up. */
  readonly space: SpaceId
  /** Its registers, once they were loaded; until then it makes no access by linear address. */
  readonly image?: Loaded
  /** In SMM, where its registers were saved as it entered: what RSM restores. */
  readonly smbase?: U64
  /** In the middle of RSM, the registers that it has read there; PAE's top entries are still to be looked up. Never at rest. */
  readonly restoring?: RegisterImage
  /** What is queued: the next access that enters the guest is not made, and ends with this exception instead. */
  readonly queued?: Exception
  /** Its root was in a hole: KVM_RUN ends the same way at each entry, whether or not the root is back. */
  readonly stuck?: Stuck
}

/** How KVM_RUN ends at each entry, and until when: until events are cleared, or until CR0, CR3, CR4 or EFER changes. */
export interface Stuck {
  readonly ends: 'never returns' | 'exit' | 'shutdown'
  readonly until: 'events' | 'paging'
}

/** `KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2` as enabled: off, protect, or protect and initially all set. */
export type ManualProtect = 0 | 1 | 3

/** A virtual machine at rest: no call in progress. */
export interface Machine {
  readonly params: Parameters
  readonly spaces: readonly Space[]
  readonly protect: ManualProtect
  /** Whether a dirty ring is in use, so that no slot made from now on has a bitmap. */
  readonly ring: boolean
  /** Files of guest_memfd, by ascending number. */
  readonly memfds: readonly Memfd[]
  readonly vcpus: readonly Vcpu[]
  readonly memory: Memory
  /** What the host may do with the pages behind the slots. */
  readonly host: HostPages
}

/** What rules rewrite: the machine, what is asked of it, and the answer. At rest there is neither. */
export interface Cells extends Machine {
  readonly call: Operation | null
  readonly returned: Result | null
  readonly seen: Seen | null
}

/** Cells while a call of one kind is in progress. */
export type Calling<Op extends Operation> = Cells & { readonly call: Op }

/**
 * A new VM: every space empty and at its first generation, no vCPU, no call in progress.
 *
 * @example
 * const machine = initialMachine(defaultParameters)
 * const [created] = step(callRelation(machine.params), {
 *   ...machine,
 *   call: { op: 'create-vcpu', vcpu: 0 },
 * })
 */
export const initialMachine = (params: Parameters): Cells => ({
  params,
  spaces: Array.from({ length: params.spaces }, () => emptySpace),
  protect: 0,
  ring: false,
  memfds: [],
  vcpus: [],
  memory: emptyMemory,
  host: allRights,
  call: null,
  returned: null,
  seen: null,
})

/** The address space of this number, or null where the VM does not have it. */
export const spaceOf = (cells: Machine, space: number): Space | null => cells.spaces[space] ?? null

/** The generation published in a space now; see `generationAfter`. */
export const generationOf = (cells: Machine, space: number): Generation =>
  generationAfter(space as SpaceId, spaceOf(cells, space)?.swaps ?? 0, cells.params.spaces)

/** The machine with one space replaced; what is asked and answered stays. */
// Field by field like `answer`, and for the same reason: one layout whatever cells come in, and no generic copy.
export const withSpace = <C extends Cells>(cells: C, at: number, space: Space): Cells => ({
  params: cells.params,
  spaces: cells.spaces.with(at, space),
  protect: cells.protect,
  ring: cells.ring,
  memfds: cells.memfds,
  vcpus: cells.vcpus,
  memory: cells.memory,
  host: cells.host,
  call: cells.call,
  returned: cells.returned,
  seen: cells.seen,
})

/** The machine on which a slot of space `at` has another log. */
export const withLogOf = <C extends Cells>(cells: C, at: number, slot: Slot, dirty: DirtyLog): Cells => {
  const { slots, swaps } = cells.spaces[at] as Space // the slot's
  return withSpace(cells, at, { slots: withSlot(slots, withLog(slot, dirty)), swaps })
}
