import { requireArray, requireObject } from './base/domain.js'
import { DirtyArena } from './dirty/arena.js'
import { DirtyLogs, type DirtyLogsHandle } from './dirty/logs.js'
import { GuestMemory, type GuestMemoryHandle } from './memory/guest-memory.js'
import { AddressSpace, type AddressSpaceHandle } from './memslots/address-space.js'
import { Memfds } from './memslots/memfds.js'
import { isLogged, type Shape, type Slot } from './memslots/slot.js'
import { NO_LOG } from './memslots/slot-columns.js'
import { SlotSet } from './memslots/slot-set.js'
import type { Limits } from './options.js'
import { Control, MANUAL_PROTECT, RING_BYTES } from './threads/control.js'
import { callNumber, lock, ownerOf, unlock } from './threads/lock.js'
import { TakenOver } from './threads/stuck.js'
import { BlockedFrames } from './update/blocked-frames.js'
import { freeOldLogs } from './update/free-logs.js'
import { Journal } from './update/journal.js'
import { PROTOCOL, type Protocol, ROLLBACK_PROTOCOL, type Updater } from './update/protocol.js'

/** `KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2`: 0 off; 1 GET only reports and CLEAR clears; 3 also starts logs all set. */
export type ManualProtect = 0 | 1 | 3

/** The most bytes of address space that the sets of a VM that is shared take, together. */
export const MAX_SHARED_BYTES = 2 ** 33

/** Points of an access: it holds its set and knows its slot; its data is done; so is its mark. Or it has waited. */
export type AccessPoint = 'translated' | 'stored' | 'marked' | 'waited'

/** What another thread needs to attach to a VM; may be posted to a worker. */
export interface MachineHandle {
  readonly limits: Limits
  readonly control: SharedArrayBuffer
  readonly blocked: SharedArrayBuffer
  readonly journal: SharedArrayBuffer
  readonly memory: GuestMemoryHandle
  readonly logs: DirtyLogsHandle
  readonly memfds: SharedArrayBuffer | undefined
  readonly spaces: readonly AddressSpaceHandle[]
}

/** The state of a VM, as its calls and accesses share it: one of these in each thread, over the same memory. */
export class Machine implements Updater {
  readonly limits: Limits
  readonly control: Control
  readonly memory: GuestMemory
  /** Files of guest_memfd; of a VM that can make one. */
  readonly memfds: Memfds | undefined
  /** The number of this object among those that have the VM. */
  readonly owner: number
  readonly protocol: Protocol
  /** The steps of an update that fails after it has blocked what it owes. */
  readonly rollbackProtocol: Protocol
  /** The rest of an update whose new set is published; until it is done this thread keeps the lock. */
  unfinished: (() => unknown) | undefined
  /** Called by an access by frame when it holds its set, before it looks up. For tests that change slots there. */
  beforeLookUp: (() => void) | null = null
  /** Called at points of each access of this object, which may hold it there; for tests of what then meets. */
  onPoint: ((point: AccessPoint) => void) | undefined = undefined
  /** What the call under the lock is about; only of a VM that is shared. */
  journal: Journal | undefined
  #logs: DirtyLogs
  readonly #spaces: (AddressSpace | undefined)[] = []
  #blocked: BlockedFrames | undefined
  #isShared = false

  private constructor(
    limits: Limits,
    control: Control,
    memory: GuestMemory,
    logs: DirtyLogs,
    memfds: Memfds | undefined,
    protocol: Protocol,
    rollbackProtocol: Protocol,
  ) {
    this.limits = limits
    this.control = control
    this.owner = control.addOwner()
    this.memory = memory
    this.memfds = memfds
    this.#logs = logs
    this.protocol = protocol
    this.rollbackProtocol = rollbackProtocol
  }

  /** @param arena where dirty logs live; that of the thread if none is given */
  static create(
    limits: Limits,
    arena = DirtyArena.ofThread(),
    protocol: Protocol = PROTOCOL,
    rollbackProtocol: Protocol = ROLLBACK_PROTOCOL,
  ): Machine {
    const memory = new GuestMemory(limits.memoryLimit)
    const control = Control.create(limits.spaces)
    const logs = DirtyLogs.open(arena, limits.patience)
    const memfds = limits.guestMemfd ? Memfds.create() : undefined
    return new Machine(limits, control, memory, logs, memfds, protocol, rollbackProtocol)
  }

  /** The machine that another thread shares. */
  static attach(handle: MachineHandle, protocol: Protocol = PROTOCOL): Machine {
    requireHandle(handle)
    const control = Control.attach(handle.control)
    const memory = GuestMemory.attach(handle.memory)
    const logs = DirtyLogs.attach(handle.logs)
    const memfds = handle.memfds === undefined ? undefined : Memfds.attach(handle.memfds)
    const machine = new Machine(handle.limits, control, memory, logs, memfds, protocol, ROLLBACK_PROTOCOL)
    machine.#blocked = BlockedFrames.attach(handle.blocked)
    machine.journal = Journal.attach(handle.journal)
    for (const [as, space] of handle.spaces.entries()) {
      machine.#spaces[as] = AddressSpace.attach(control, as, space)
    }
    machine.#isShared = true
    return machine
  }

  /**
   * What `attach` takes in another thread. The first call makes room for every possible slot, since buffers that other
   * threads have cannot move, and moves the dirty logs to an arena of the VM's own.
   * @throws RangeError without memory, or for more than MAX_SHARED_BYTES, and nothing has changed
   */
  share(): MachineHandle {
    const spaces = Array.from({ length: this.limits.spaces }, (_, as) => this.space(as))
    if (!this.#isShared) this.#makeShareable(spaces)
    return {
      limits: this.limits,
      control: this.control.share(),
      blocked: this.blockedFrames.share(),
      journal: this.journal!.handle,
      memory: this.memory.handle(),
      logs: this.logs.handle,
      memfds: this.memfds?.handle,
      spaces: spaces.map(space => space.handle),
    }
  }

  #makeShareable(spaces: readonly AddressSpace[]): void {
    const bytes = spaces.length * SlotSet.bytesWithRoom(this.ids)
    if (bytes > MAX_SHARED_BYTES) {
      throw new RangeError(
        `spaces: ${spaces.length} of ${this.ids} slots take ${Math.ceil(bytes / 2 ** 20)} MiB when they are shared, more than ${MAX_SHARED_BYTES / 2 ** 20}`,
      )
    }
    const old = this.#logs
    const logs = DirtyLogs.alone(old.arena.another())
    const moved = (slot: Slot): Slot =>
      slot.log === NO_LOG ? slot : { ...slot, log: copyLog(old, slot.log, logs) }
    const replaced = spaces.map(space => space.makeRoom(this.ids, moved))
    const journal = Journal.create()
    this.control.share()
    this.blockedFrames.share()
    for (const replace of replaced) replace()
    this.#logs = logs
    this.journal = journal
    this.#isShared = true
    old.close()
  }

  /**
   * Frees the dirty logs and every slot. Does nothing to a machine that was shared: other threads have it, and each log
   * is freed with its slot.
   */
  close(): void {
    if (this.#isShared) return
    this.#spaces.length = 0
    this.logs.close()
  }

  get logs(): DirtyLogs {
    return this.#logs
  }

  /** Whether other threads may have this machine. */
  get isShared(): boolean {
    return this.#isShared
  }

  /** Space `as`, which the VM has. */
  space(as: number): AddressSpace {
    const space = this.#spaces[as]
    if (space) return space
    const made = AddressSpace.create(this.control, as)
    this.#spaces[as] = made
    return made
  }

  get blockedFrames(): BlockedFrames {
    this.#blocked ??= BlockedFrames.create()
    return this.#blocked
  }

  /** Ids of slots, internal ones included, are below this. */
  get ids(): number {
    return Math.max(this.limits.slotLimit, ...[...this.limits.ownIds].map(id => id + 1))
  }

  /** The most milliseconds that one thread waits for another. */
  get patience(): number {
    return this.limits.patience
  }

  get manualProtect(): ManualProtect {
    return this.control.words[MANUAL_PROTECT] as ManualProtect
  }

  set manualProtect(protect: ManualProtect) {
    this.control.words[MANUAL_PROTECT] = protect
  }

  /** Bytes of each vCPU's dirty ring; 0 without. */
  get ringBytes(): number {
    return this.control.words[RING_BYTES]!
  }

  set ringBytes(bytes: number) {
    this.control.words[RING_BYTES] = bytes
  }

  /** Whether a dirty ring takes the place of bitmaps (`kvm_use_dirty_bitmap` is false). */
  get usesRing(): boolean {
    return this.ringBytes !== 0
  }

  /** Whether fresh logs start all set (`KVM_DIRTY_LOG_INITIALLY_SET`). */
  get startsAllSet(): boolean {
    return this.manualProtect === 3
  }

  /** Whether a slot of this shape has a bitmap: it is logged, and no ring is in use. */
  keepsBitmap(shape: Shape): boolean {
    return isLogged(shape) && !this.usesRing
  }

  /** A new log (`kvm_alloc_dirty_bitmap` in `kvm_prepare_memory_region`), clear or all set; `NO_LOG` without memory. */
  freshLog(npages: number): number {
    return this.logs.create(npages, this.startsAllSet)
  }

  /**
   * Begins a call, one at a time in all threads. First finishes what an earlier call of this thread has left to be
   * done, and frees the logs that the call before has left.
   * @throws StuckCall
   * @throws StuckReader
   * @throws TakenOver
   */
  begin(): void {
    if (this.unfinished === undefined) {
      lock(this.control, this.owner, this.patience)
      this.control.renew()
      const { journal } = this
      if (journal !== undefined && journal.phase !== 'none') freeOldLogs(this.logs, journal)
    } else {
      this.requireLock()
      this.unfinished()
      this.unfinished = undefined
    }
  }

  /** Ends the call. The lock is kept if something of it is left to be done. @throws TakenOver */
  end(): void {
    if (this.unfinished === undefined) unlock(this.control, this.owner)
  }

  /** Requires that this thread still has the lock, before it stores anything. @throws TakenOver */
  requireLock(): void {
    if (!this.#isShared || ownerOf(this.control) === this.owner) return
    this.unfinished = undefined
    for (const space of this.#spaces) space?.forgetEdits()
    throw new TakenOver()
  }

  /** The number of the call under the lock. */
  get call(): number {
    return callNumber(this.control)
  }
}

/** Requires what `share` has returned. @throws TypeError */
function requireHandle(handle: MachineHandle): void {
  requireObject('share', handle)
  for (const name of ['control', 'blocked', 'journal'] as const) {
    const tag = (handle[name] as { [Symbol.toStringTag]?: unknown } | undefined)?.[Symbol.toStringTag]
    if (tag !== 'SharedArrayBuffer') throw new TypeError(`share.${name} must be what Vm.share returned`)
  }
  for (const name of ['limits', 'memory', 'logs'] as const) requireObject(`share.${name}`, handle[name])
  requireArray('share.spaces', handle.spaces)
}

/** A copy of `log` in other logs. @throws RangeError without room */
function copyLog(from: DirtyLogs, log: number, to: DirtyLogs): number {
  const copy = to.create(from.npages(log))
  if (copy === NO_LOG) throw new RangeError('the arena of the shared VM has no room for its dirty logs')
  for (const [first, count] of from.ranges(log)) to.fill(copy, first, count, true)
  return copy
}
