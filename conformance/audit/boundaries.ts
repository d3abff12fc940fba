import type { Applied } from './applied.js'
import { beginUpdate, type Update, type UpdateInProgress } from './update.js'

/**
 * Where the updates of one thread on one VM end. A thread that runs a vCPU ends an update by KVM_RUN only; any other
 * thread ends it also by any other call on that VM. Which kind a thread is shows only when it runs a vCPU, so until
 * then both readings are kept, and the one that proves wrong is dropped.
 */
export interface Boundaries {
  set(call: Applied): void
  foreign(call: Applied): void
  /** A call on the VM that is neither a memslot call nor KVM_RUN. */
  otherCall(kind: 'get-dirty' | 'other'): void
  /** KVM_RUN of this thread, on whatever VM. */
  run(): void
  /** The recording, or the VM, ends. */
  end(): void
}

/** Where updates go. Those that another reading may still replace are `provisional`. */
export interface Sink {
  emit(update: Update): void
  provisional(update: Update): void
  dropProvisional(): void
  keepProvisional(): void
}

/** `ranBefore`: whether the thread is already known to run a vCPU. */
export const createBoundaries = (sink: Sink, ranBefore: boolean): Boundaries => {
  let runsVcpu = ranBefore
  let untilRun: UpdateInProgress | null = null
  let untilAnyCall: UpdateInProgress | null = null
  // A GET that the next call follows with a delete reads the log of what is about to go: part of the update.
  let harvested = false

  const endAtCall = (): void => {
    if (untilAnyCall !== null) sink.provisional(untilAnyCall.finish())
    untilAnyCall = null
    harvested = false
  }

  const endAtRun = (): void => {
    if (untilRun !== null) sink.emit(untilRun.finish())
    untilRun = null
  }

  return {
    set: call => {
      if (harvested && !call.isDelete) endAtCall()
      harvested = false
      untilRun ??= beginUpdate(call)
      untilRun.own(call)
      if (runsVcpu) return
      untilAnyCall ??= beginUpdate(call)
      untilAnyCall.own(call)
    },
    foreign: call => {
      untilRun?.foreign(call)
      untilAnyCall?.foreign(call)
    },
    otherCall: kind => {
      if (untilAnyCall === null) return
      if (kind === 'get-dirty') harvested = true
      else endAtCall()
    },
    run: () => {
      if (!runsVcpu) {
        runsVcpu = true
        untilAnyCall = null
        sink.dropProvisional()
      }
      endAtRun()
    },
    end: () => {
      if (runsVcpu) {
        endAtRun()
        return
      }
      endAtCall()
      sink.keepProvisional()
    },
  }
}
