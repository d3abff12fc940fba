/** The errors that end a wait for another thread after `patience` milliseconds. */

/** What a call waited for when its patience ended, and what that leaves. */
export type Waiting =
  /**
   * An update: for an access that an earlier update made wait and that has not looked up again. Nothing has happened.
   */
  | 'turn'
  /**
   * An update: for holders of the old set, with the owed pages blocked. The pages are unblocked again, slots and logs
   * are as before, and the generation has stepped twice.
   */
  | 'block'
  /**
   * An update: for holders of the set before, with the new one published. The update has happened; the next call ends
   * it.
   */
  | 'publish'
  /** A harvest or a clear of a log: for accesses in flight. Its bits are set again. */
  | 'harvest'

/**
 * A call waited for a vCPU or a thread longer than `patience`; its worker may have died. `Vm.releaseVcpu` releases what
 * a vCPU holds, `Vm.recover` whatever thread `owner` holds. `waiting` says what has happened.
 */
export class StuckReader extends Error {
  override readonly name = 'StuckReader'
  /** The vCPU that was waited for; null for a thread without a vCPU. */
  readonly vcpu: number | null
  /** The number of the thread that has it (`Vm.owner`, `Vcpu.owner`). */
  readonly owner: number
  readonly waiting: Waiting

  constructor(vcpu: number | null, owner: number, waiting: Waiting, patience: number) {
    const who = vcpu === null ? `thread ${owner}` : `vCPU ${vcpu} of thread ${owner}`
    super(
      `${who} has not ${waiting === 'turn' ? 'taken its turn' : 'let go of the set it holds'} in ${patience} ms`,
    )
    this.vcpu = vcpu
    this.owner = owner
    this.waiting = waiting
  }
}

/**
 * Another thread has been in a call of this VM longer than `patience`. Nothing has happened. If its worker has ended,
 * `Vm.recover(owner)` ends the call in its place.
 */
export class StuckCall extends Error {
  override readonly name = 'StuckCall'
  /** The number of that thread (`Vm.owner`). */
  readonly owner: number
  constructor(owner: number, patience: number) {
    super(`thread ${owner} has been in a call of this VM for ${patience} ms`)
    this.owner = owner
  }
}

/**
 * This thread was in a call when another one took it for dead and recovered the VM (`Vm.recover`). What the call had
 * begun the other thread has finished or undone, and has been told; this thread has stored nothing since it found out.
 */
export class TakenOver extends Error {
  override readonly name = 'TakenOver'
  constructor() {
    super('another thread has recovered the VM while this one was in a call')
  }
}

/**
 * An access has waited for a blocked page longer than `patience`; the updater may have died. The access had no effect.
 */
export class StuckUpdate extends Error {
  override readonly name = 'StuckUpdate'
  readonly gfn: number
  constructor(gfn: number, patience: number) {
    super(`frame ${gfn} has been blocked by an update for ${patience} ms`)
    this.gfn = gfn
  }
}

/** `Vm.interrupt` ended an update's wait for turns. Nothing has happened; the call fails with EINTR. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/**
 * The vCPU is not this object's any more: it was closed, or `Vm.releaseVcpu` or `Vm.recover` has let go of it. Nothing
 * has happened. A `Vm` whose thread was taken for dead throws it at its next access without a vCPU.
 */
export class Released extends Error {
  override readonly name = 'Released'
  /** Null for a thread's own accesses, without a vCPU. */
  readonly vcpu: number | null
  constructor(vcpu: number | null) {
    super(vcpu === null ? "this thread's accesses were released" : `vCPU ${vcpu} was closed or released`)
    this.vcpu = vcpu
  }
}
