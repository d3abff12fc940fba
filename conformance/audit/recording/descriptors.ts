import type { VmId } from './record.js'

/** What a file descriptor is known to be. */
export interface Descriptor {
  readonly kind: 'vm' | 'vcpu'
  readonly vm: VmId
}

interface Process {
  readonly open: Map<number, Descriptor>
  /** Its threads that were seen and have not ended. */
  readonly alive: Set<number | null>
}

export interface Descriptors {
  /** The descriptor as this thread sees it; null where its creation was not recorded. */
  find(tid: number | null, fd: number): Descriptor | null
  /** A VM or vCPU was created, or met, as `fd` of this thread's process. Says which VMs are thereby known to be gone. */
  bind(tid: number | null, fd: number, descriptor: Descriptor): readonly VmId[]
  /** The thread has ended. */
  gone(tid: number | null): void
}

/**
 * File descriptors of the traced processes. A recording of ioctls alone does not say which threads are one process, so
 * this is learnt: a thread belongs to the process whose descriptor it was first seen using, and a thread never seen
 * before that makes a VM is a new process, which takes the place of one whose threads have all ended. Where two living
 * processes fit, the one that appeared last is taken and `onAmbiguous` is told.
 */
export const createDescriptors = (onAmbiguous: () => void): Descriptors => {
  const processes: Process[] = []
  const processOf = new Map<number | null, Process>()

  const holding = (fd: number): Process | null => {
    const all = processes.filter(process => process.open.has(fd))
    const living = all.filter(process => process.alive.size > 0)
    if (living.length > 1) onAmbiguous()
    return living.at(-1) ?? all.at(-1) ?? null
  }

  const join = (tid: number | null, process: Process): void => {
    processOf.set(tid, process)
    process.alive.add(tid)
  }

  const appear = (tid: number | null): Process => {
    const process: Process = { open: new Map(), alive: new Set() }
    processes.push(process)
    join(tid, process)
    return process
  }

  /** Forgets ended processes that had this descriptor, and says which VMs went with them. */
  const bury = (fd: number): VmId[] => {
    const ended = processes.filter(process => process.alive.size === 0 && process.open.has(fd))
    for (const process of ended) processes.splice(processes.indexOf(process), 1)
    return ended
      .flatMap(process => [...process.open.values()])
      .filter(({ kind }) => kind === 'vm')
      .map(({ vm }) => vm)
  }

  return {
    find: (tid, fd) => {
      const own = processOf.get(tid)
      const known = own?.open.get(fd)
      if (known !== undefined) return known
      const process = holding(fd)
      if (process === null) return null
      if (own === undefined) join(tid, process)
      return process.open.get(fd) ?? null
    },
    bind: (tid, fd, descriptor) => {
      const process = processOf.get(tid) ?? appear(tid)
      const before = process.open.get(fd)
      process.open.set(fd, descriptor)
      const closed = before?.kind === 'vm' && before.vm !== descriptor.vm ? [before.vm] : []
      return descriptor.kind === 'vm' ? [...closed, ...bury(fd)] : closed
    },
    gone: tid => {
      processOf.get(tid)?.alive.delete(tid)
      processOf.delete(tid)
    },
  }
}
