/** What a thread may learn of the others instead of waiting for ever. */

/** Where an update stood when it gave up waiting. */
export type Waiting =
  /** For an access that an earlier update made wait, and that has not looked up again. Nothing has happened. */
  | 'turn'
  /** For accesses under the old set, with the owed pages blocked. They are unblocked again, sets and logs are as they were; the generation has stepped twice. */
  | 'block'
  /** For accesses under the old set, with the new one published: the update has happened, and the next call finishes it. */
  | 'publish'
  /** For accesses in flight when a log was harvested or cleared. Its bits are set again. */
  | 'harvest'

/** vCPUs or threads did not answer in time: their worker may have died. `Vm.releaseVcpu` gives up what one holds. */
export class StuckReader extends Error {
  override readonly name = 'StuckReader'
  /** The vCPU that was waited for; null for a thread that has the VM. */
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

/** Another thread has been in a call of the VM for too long: it may have died in it. Nothing has happened. */
export class StuckCall extends Error {
  override readonly name = 'StuckCall'
  constructor(patience: number) {
    super(`another thread has been in a call of this VM for ${patience} ms`)
  }
}

/** An access has waited for a blocked page for too long: the updating thread may have died. The access has had no effect. */
export class StuckUpdate extends Error {
  override readonly name = 'StuckUpdate'
  readonly gfn: number
  constructor(gfn: number, patience: number) {
    super(`frame ${gfn} has been blocked by an update for ${patience} ms`)
    this.gfn = gfn
  }
}

/** `Vm.interrupt` ended an update's wait for turns: EINTR, and nothing has happened. Calls turn it into their errno. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}
