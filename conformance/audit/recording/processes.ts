import type { VmId } from './record.js'

/** What a file descriptor is. */
export type Descriptor =
  | { readonly kind: 'dev-kvm' }
  | { readonly kind: 'vm'; readonly vm: VmId }
  /** `number` is the vCPU's own within its VM; null where not recorded. */
  | { readonly kind: 'vcpu'; readonly vm: VmId; readonly number: number | null }

type Kind = Descriptor['kind']

interface Process {
  readonly open: Map<number, Descriptor>
  /** Its threads that were seen and have not ended. */
  readonly alive: Set<number | null>
}

/**
 * File descriptors of the traced processes, so that two processes with the same numbers are kept apart. A thread's
 * process is known from the clone that made it, or learnt: a call that only one kind of descriptor answers shows in
 * which process that number is such a descriptor. That two processes both have /dev/kvm open shows nothing, and where
 * several fit none is taken.
 */
export interface Processes {
  /**
   * The descriptor as this thread sees it, where the call asks for one of this kind; null: not known. `unclear`: several
   * processes have one.
   */
  find(tid: number | null, fd: number, needs: Kind | null): Descriptor | 'unclear' | null
  /** The thread makes a VM, or is the first of a process: if it was never seen, that was never seen either. */
  begins(tid: number | null): void
  /** The thread makes a vCPU on VM `fd`, and it is `made`: of several processes, that is one where `made` was not open. */
  makesVcpu(tid: number | null, fd: number, made: number): void
  /** The VMs that `fd` may be, to a thread whose process is not known; the latest is last. */
  candidates(fd: number): readonly VmId[]
  /** The thread turns out to be of the process that has this VM. */
  belongs(tid: number | null, vm: VmId): void
  /** Whether the thread's process is known. */
  knows(tid: number | null): boolean
  /** The descriptors that this thread's process has. */
  all(tid: number | null): readonly Descriptor[]
  /** Something was created, or met, as `fd` of this thread's process. Says which VMs are thereby known to be gone. */
  bind(tid: number | null, fd: number, descriptor: Descriptor): readonly VmId[]
  /** `as` is the same descriptor as `fd` from now on. */
  duplicated(tid: number | null, fd: number, as: number): void
  /** A clone: the new thread shares the descriptors of its maker, or has a copy of them. */
  cloned(by: number | null, tid: number, shares: boolean): void
  /** The thread was sent a signal by a thread of the process `pid`, whose first thread has that number. */
  kicked(tid: number, pid: number): void
  /** The thread has ended. */
  gone(tid: number | null): void
  /** Counts up whenever a thread may see another descriptor than before. */
  version(): number
}

export const createProcesses = (onAmbiguous: () => void): Processes => {
  const processes: Process[] = []
  const processOf = new Map<number | null, Process>()
  let version = 0
  /** A vCPU was made, and it is not known in which process: what one does not have it may have. */
  let incomplete = false

  /** Threads of one process of which it is not known yet which one. */
  const kin = new Map<number | null, Set<number | null>>()

  const join = (tid: number | null, process: Process): Process => {
    processOf.set(tid, process)
    process.alive.add(tid)
    version++
    const its = kin.get(tid)
    kin.delete(tid)
    for (const other of its ?? []) if (!processOf.has(other)) join(other, process)
    return process
  }

  const areKin = (one: number | null, other: number | null): void => {
    const all = new Set([one, other, ...(kin.get(one) ?? []), ...(kin.get(other) ?? [])])
    for (const each of all) kin.set(each, all)
  }

  const appear = (tid: number | null, open: ReadonlyMap<number, Descriptor> = new Map()): Process => {
    const process: Process = { open: new Map(open), alive: new Set() }
    processes.push(process)
    return join(tid, process)
  }

  /** What a thread whose process is not known has as /dev/kvm: a process in which that is something else is not its. */
  const devKvmOf = new Map<number | null, number>()

  const living = (): readonly Process[] => processes.filter(({ alive }) => alive.size > 0)

  const contradicts = (tid: number | null, { open }: Process): boolean => {
    const devKvm = devKvmOf.get(tid)
    const there = devKvm === undefined ? undefined : open.get(devKvm)
    return there !== undefined && there.kind !== 'dev-kvm'
  }

  /** Whether a process that has a VM may have `fd` open, which was not seen. */
  const mayHave = (tid: number | null, process: Process, fd: number): boolean =>
    !process.open.has(fd) &&
    !contradicts(tid, process) &&
    [...process.open.values()].some(({ kind }) => kind === 'vm')

  /** The processes in which `fd` is a descriptor of this kind and that a thread may belong to. */
  const fitting = (tid: number | null, fd: number, needs: Kind): readonly Process[] =>
    living().filter(process => process.open.get(fd)?.kind === needs && !contradicts(tid, process))

  /** Where a thread that was never seen belongs: where the descriptor fits, or the one process it does not contradict. */
  const place = (tid: number | null, fd: number, needs: Kind): Process | 'unclear' => {
    const [fit, ...others] = fitting(tid, fd, needs)
    // Whose vCPU it is decides who was inside KVM_RUN, and is not guessed.
    const elsewhere =
      incomplete && needs === 'vcpu' && living().some(one => one !== fit && mayHave(tid, one, fd))
    if (others.length > 0 || (fit !== undefined && elsewhere)) {
      onAmbiguous()
      return 'unclear'
    }
    if (fit !== undefined) return join(tid, fit)
    const ended = processes.findLast(({ open, alive }) => alive.size === 0 && open.get(fd)?.kind === needs)
    if (ended !== undefined) return join(tid, ended)
    const possible = living().filter(process => !process.open.has(fd) && !contradicts(tid, process))
    const [only, ...more] = possible
    if (more.length > 0 && needs === 'vcpu') {
      onAmbiguous()
      return 'unclear'
    }
    return only !== undefined && more.length === 0 ? join(tid, only) : appear(tid)
  }

  /** What a call of which any descriptor is asked may be about; that is no reason to take the thread for anybody's. */
  const likely = (tid: number | null, fd: number): Descriptor | null => {
    if (devKvmOf.get(tid) === fd) return null
    const all = living().flatMap(({ open }) => open.get(fd) ?? [])
    const [one] = all
    return one !== undefined && all.length === 1 && one.kind !== 'dev-kvm' ? one : null
  }

  /** Forgets ended processes that had this descriptor, and says which VMs went with them. */
  const bury = (fd: number): VmId[] => {
    const ended = processes.filter(process => process.alive.size === 0 && process.open.has(fd))
    for (const process of ended) processes.splice(processes.indexOf(process), 1)
    return ended.flatMap(({ open }) => [...open.values()].flatMap(it => (it.kind === 'vm' ? [it.vm] : [])))
  }

  return {
    find: (tid, fd, needs) => {
      const known = processOf.get(tid)
      if (known === undefined) {
        if (needs === 'dev-kvm') devKvmOf.set(tid, fd)
        if (needs === null) return likely(tid, fd)
        if (needs === 'dev-kvm') return null
      }
      const own = known ?? place(tid, fd, needs as Kind) // null was answered above
      if (own === 'unclear') return own
      const found = own.open.get(fd)
      return found !== undefined && (needs === null || found.kind === needs) ? found : null
    },
    begins: tid => {
      if (!processOf.has(tid)) appear(tid)
    },
    makesVcpu: (tid, fd, made) => {
      if (processOf.has(tid)) return
      const [one, ...others] = fitting(tid, fd, 'vm').filter(({ open }) => !open.has(made))
      if (one === undefined) return
      if (others.length === 0) join(tid, one)
      else incomplete = true
    },
    candidates: fd =>
      living().flatMap(({ open }) => {
        const known = open.get(fd)
        return known?.kind === 'vm' ? [known.vm] : []
      }),
    belongs: (tid, vm) => {
      const its = processes.find(({ open }) =>
        [...open.values()].some(one => one.kind === 'vm' && one.vm === vm),
      )
      if (its !== undefined && !processOf.has(tid)) join(tid, its)
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
    duplicated: (tid, fd, as) => {
      const process = processOf.get(tid)
      const descriptor = process?.open.get(fd)
      if (descriptor === undefined) process?.open.delete(as)
      else process?.open.set(as, descriptor)
      version++
    },
    cloned: (by, tid, shares) => {
      const maker = processOf.get(by)
      const known = processOf.get(tid)
      if (shares && maker === undefined) {
        if (known === undefined) areKin(by, tid)
        else join(by, known)
        return
      }
      if (known !== undefined) return
      if (shares && maker !== undefined) join(tid, maker)
      else appear(tid, (maker ?? appear(by)).open)
    },
    kicked: (tid, pid) => {
      const process = processOf.get(pid)
      if (process !== undefined && !processOf.has(tid)) join(tid, process)
    },
    gone: tid => {
      kin.get(tid)?.delete(tid)
      kin.delete(tid)
      processOf.get(tid)?.alive.delete(tid)
      processOf.delete(tid)
      version++
    },
    version: () => version,
  }
}
