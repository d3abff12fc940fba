import type { VmId } from './record.js'

/** What a file descriptor is. */
export type Descriptor =
  | { readonly kind: 'dev-kvm' }
  | { readonly kind: 'vm'; readonly vm: VmId }
  | { readonly kind: 'vcpu'; readonly vm: VmId }

type Kind = Descriptor['kind']

interface Process {
  readonly open: Map<number, Descriptor>
  /** Its threads that were seen and have not ended. */
  readonly alive: Set<number | null>
}

/**
 * File descriptors of the traced processes, so that two processes with the same numbers are kept apart. A thread's
 * process is known from the clone that made it, or learnt: a call that only one kind of descriptor answers shows in
 * which process that number is such a descriptor, and a thread that fits nowhere is a new process.
 */
export interface Processes {
  /**
   * The descriptor as this thread sees it, where the call asks for one of this kind; null: not known. `unclear`: several
   * processes have one, and whose it is decides too much to be guessed.
   */
  find(tid: number | null, fd: number, needs: Kind | null): Descriptor | 'unclear' | null
  /**
   * A thread creates a descriptor by a call on another: it belongs to a process where the one is of this kind, and the
   * new one is not open yet. For a VM it is a new process where there is none.
   */
  creates(tid: number | null, fd: number, kind: 'dev-kvm' | 'vm', made: number): void
  /** Whether the thread's process is known. */
  knows(tid: number | null): boolean
  /** The descriptors that this thread's process has of a kind. */
  all(tid: number | null): readonly Descriptor[]
  /** Something was created, or met, as `fd` of this thread's process. Says which VMs are thereby known to be gone. */
  bind(tid: number | null, fd: number, descriptor: Descriptor): readonly VmId[]
  /** A clone: the new thread shares the descriptors of its maker, or has a copy of them. */
  cloned(by: number | null, tid: number, shares: boolean): void
  /** The thread has ended. */
  gone(tid: number | null): void
  /** Counts up whenever a thread may see another descriptor than before. */
  version(): number
}

export const createProcesses = (onAmbiguous: () => void): Processes => {
  const processes: Process[] = []
  const processOf = new Map<number | null, Process>()
  let version = 0

  const join = (tid: number | null, process: Process): Process => {
    processOf.set(tid, process)
    process.alive.add(tid)
    version++
    return process
  }

  const appear = (tid: number | null, open: ReadonlyMap<number, Descriptor> = new Map()): Process => {
    const process: Process = { open: new Map(open), alive: new Set() }
    processes.push(process)
    return join(tid, process)
  }

  /** The process in which `fd` is a descriptor of the kind a call needs; the latest where several fit. */
  const fitting = (fd: number, needs: Kind | null): Process | null => {
    const fits = processes.filter(({ open }) => {
      const known = open.get(fd)
      return known !== undefined && (needs === null || known.kind === needs)
    })
    const living = fits.filter(({ alive }) => alive.size > 0)
    if (living.length > 1) onAmbiguous()
    return living.at(-1) ?? fits.at(-1) ?? null
  }

  /** Where a thread that was never seen belongs: where the descriptor fits, or the one process it does not contradict. */
  const place = (tid: number | null, fd: number, needs: Kind | null): Process | 'unclear' => {
    const fits = processes.filter(({ open, alive }) => alive.size > 0 && open.get(fd)?.kind === needs)
    if (needs === 'vcpu' && fits.length > 1) {
      // Whose vCPU it is decides who was inside KVM_RUN, and is not guessed.
      onAmbiguous()
      return 'unclear'
    }
    const fit = fitting(fd, needs)
    if (fit !== null) return join(tid, fit)
    const possible = processes.filter(({ open, alive }) => alive.size > 0 && !open.has(fd))
    const [only] = possible
    return possible.length === 1 && only !== undefined && needs !== 'dev-kvm' ? join(tid, only) : appear(tid)
  }

  /** Forgets ended processes that had this descriptor, and says which VMs went with them. */
  const bury = (fd: number): VmId[] => {
    const ended = processes.filter(process => process.alive.size === 0 && process.open.has(fd))
    for (const process of ended) processes.splice(processes.indexOf(process), 1)
    return ended.flatMap(({ open }) => [...open.values()].flatMap(it => (it.kind === 'vm' ? [it.vm] : [])))
  }

  return {
    find: (tid, fd, needs) => {
      const own = processOf.get(tid) ?? (needs === null ? fitting(fd, null) : place(tid, fd, needs))
      if (own === null || own === 'unclear') return own
      if (!processOf.has(tid)) join(tid, own)
      const known = own.open.get(fd)
      return known !== undefined && (needs === null || known.kind === needs) ? known : null
    },
    creates: (tid, fd, kind, made) => {
      if (processOf.has(tid)) return
      const fits = processes.filter(
        ({ open, alive }) => alive.size > 0 && !open.has(made) && open.get(fd)?.kind === kind,
      )
      const [one] = fits
      if (one !== undefined && (fits.length === 1 || kind === 'dev-kvm')) join(tid, one)
      else if (kind === 'dev-kvm') appear(tid)
    },
    knows: tid => processOf.has(tid),
    all: tid => [...(processOf.get(tid)?.open.values() ?? [])],
    bind: (tid, fd, descriptor) => {
      const process = processOf.get(tid) ?? appear(tid)
      const before = process.open.get(fd)
      process.open.set(fd, descriptor)
      version++
      if (descriptor.kind !== 'vm') return []
      const closed = before?.kind === 'vm' && before.vm !== descriptor.vm ? [before.vm] : []
      return [...closed, ...bury(fd)]
    },
    cloned: (by, tid, shares) => {
      const maker = processOf.get(by) ?? appear(by)
      if (processOf.has(tid)) return
      if (shares) join(tid, maker)
      else appear(tid, maker.open)
    },
    gone: tid => {
      processOf.get(tid)?.alive.delete(tid)
      processOf.delete(tid)
      version++
    },
    version: () => version,
  }
}
