import type { Hear } from '../reader.js'
import type { Recorded, RunExit, VmId } from '../record.js'
import type { Tally } from '../summary.js'

/** No reason to exit. */
export const NO_EXIT = -1
/** kvm_run.exit_reason (include/uapi/linux/kvm.h). */
const EXITS: ReadonlyMap<number, RunExit> = new Map([
  [6, 'mmio'],
  [17, 'internal error'],
])

/** An event, where it stands. */
interface At {
  readonly line: number
  readonly at: number | null
}

/** What one thread is in the middle of. */
export interface Thread {
  vm: VmId
  /** The VM is the latest of several: what the thread runs may be another's. */
  readonly guessed: boolean
  running: (At & { readonly vcpu: number | null }) | null
  /** Memslot ioctls that began and whose event has not come: QEMU writes it when the call has returned. */
  readonly sets: At[]
}

/** Follows the threads of a trace: of which VM each is, and whether it is inside KVM_RUN. */
export interface Threads {
  /** The thread creates a VM. */
  created(at: Recorded): void
  known(tid: number | null): Thread | null
  of(at: Recorded): Thread
  /** The thread is not inside KVM_RUN here. `exit`: why it returned; null: it wrote another event. */
  leave(place: Recorded, thread: Thread, exit: number | null): void
  /** What threads are inside of ends, and when is not known. */
  stop(line: number): void
  vms(): readonly VmId[]
}

export const createThreads = (hear: Hear, tally: Tally): Threads => {
  const threads = new Map<number | null, Thread>()
  let vms = 0

  const begin = (at: Recorded, how: 'created' | 'met'): VmId => {
    const vm = ++vms
    hear({ kind: 'vm-begins', ...at, vm, fd: null, how, type: null, replaces: [] })
    return vm
  }

  return {
    created: at => {
      threads.set(at.tid, { vm: begin(at, 'created'), guessed: false, running: null, sets: [] })
    },
    known: tid => threads.get(tid) ?? null,
    // One QEMU has one VM. Of several in one log it is known who created which, and whose vCPU a thread runs is not.
    of: at => {
      const known = threads.get(at.tid)
      if (known !== undefined) return known
      if (vms > 1) tally.ambiguous++
      const guessed = vms > 1
      const thread = { vm: vms === 0 ? begin(at, 'met') : vms, guessed, running: null, sets: [] }
      threads.set(at.tid, thread)
      return thread
    },
    leave: (place, thread, exit) => {
      const { running } = thread
      if (running === null && exit === null) return
      thread.running = null
      hear({
        kind: 'run',
        ...place,
        line: running?.line ?? place.line,
        from: running?.at ?? null,
        vm: thread.guessed ? null : thread.vm,
        vcpu: running?.vcpu ?? null,
        end: exit === null ? 'next line' : 'line',
        exit: exit === null ? null : (EXITS.get(exit) ?? null),
        outcome: { is: 'unknown' },
      })
    },
    stop: line => {
      for (const [tid, thread] of threads) {
        const { running } = thread
        if (running === null) continue
        thread.running = null
        hear({
          kind: 'run',
          line: running.line,
          endLine: line,
          tid,
          from: running.at,
          to: null,
          vm: thread.guessed ? null : thread.vm,
          vcpu: running.vcpu,
          end: 'unknown',
          exit: null,
          outcome: { is: 'unknown' },
        })
      }
    },
    vms: () => Array.from({ length: vms }, (_, i) => i + 1),
  }
}
