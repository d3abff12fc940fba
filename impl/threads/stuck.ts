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
 * a vCPU holds. `waiting` says what has happened.
 */
export class StuckReader extends Error {
  override readonly name = 'StuckReader'
  /** The vCPU that was waited for; null for a thread without a vCPU. */
  readonly vcpu: number | null
  readonly waiting: Waiting

  constructor(vcpu: number | null, waiting: Waiting, patience: number) {
    const who = vcpu === null ? 'a thread' : `vCPU ${vcpu}`
    super(
      `${who} has not ${waiting === 'turn' ? 'taken its turn' : 'let go of the set it holds'} in ${patience} ms`,
    )
    this.vcpu = vcpu
    this.waiting = waiting
  }
}

/**
 * Another thread has been in a call of this VM longer than `patience`; it may have died in it. Nothing has happened.
 */
export class StuckCall extends Error {
  override readonly name = 'StuckCall'
  constructor(patience: number) {
    super(`another thread has been in a call of this VM for ${patience} ms`)
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
