import { emulatedMenu, fullMenu, kernelMenu, type Scope, writersMenu } from '../../spec/designs/world.js'

/** What runs beside an update: so many vCPUs, each with so many accesses, and so many harvests. */
export interface Workload {
  readonly vcpus: number
  readonly accesses: number
  readonly harvests: number
  /** How often each vCPU may enter or leave SMM; 0 without it. */
  readonly switches?: number
  /** How often each vCPU may be interrupted; 0 without it. */
  readonly interrupts?: number
  /** How many vCPUs are in SMM from the start; 0 without it. */
  readonly smm?: number
  /** The accesses a vCPU may make; `fullMenu` without it. */
  readonly does?: (frames: number) => Scope['menu']
}

/** One vCPU with two accesses, and a harvest. */
export const ALONE: Workload = { vcpus: 1, accesses: 2, harvests: 1 }
/** Two vCPUs with one access each. */
export const PAIR: Workload = { vcpus: 2, accesses: 1, harvests: 0 }

/** Accesses of every kind, each of one frame. */
const singly = (frames: number): Scope['menu'] => fullMenu(frames).filter(want => want.frames.length === 1)

/** One vCPU that enters SMM, which has an address space of its own, and leaves it. */
export const SMM: Workload = { vcpus: 1, accesses: 2, harvests: 0, switches: 2, does: singly }
/** One vCPU with the writes that are not in the full menu: atomic, to page tables, across pages. */
export const WRITERS: Workload = { vcpus: 1, accesses: 1, harvests: 0, does: writersMenu }
/** Two vCPUs, for one or both of which KVM emulates what they access. */
export const EMULATED: Workload = { vcpus: 2, accesses: 1, harvests: 0, does: emulatedMenu }
/** Two actors, one or both of which are the kernel, at a page that it cannot wait for. */
export const KERNEL: Workload = {
  vcpus: 2,
  accesses: 1,
  harvests: 0,
  does: frames => kernelMenu(frames, 'defers'),
}
export const KERNEL_ERRS: Workload = { ...KERNEL, does: frames => kernelMenu(frames, 'neither') }
/** One access, for designs that repeat their updates for ever. */
export const WAITING: Workload = { vcpus: 1, accesses: 1, harvests: 0 }

/** The same, of an access that KVM emulates: it waits inside the hypervisor. */
export const WAITING_INSIDE: Workload = {
  ...WAITING,
  does: frames => emulatedMenu(frames).filter(w => w.emulated === true),
}

/** Accesses of one frame by the processor, and an atomic operation, whose second half cannot be given up. */
const interruptible = (frames: number): Scope['menu'] => [
  ...singly(frames),
  ...writersMenu(frames).filter(({ kind }) => kind === 'rmw'),
]
/** One vCPU that is interrupted once, in one access or beside it, and a harvest. */
export const INTERRUPTED: Workload = {
  vcpus: 1,
  accesses: 1,
  harvests: 1,
  interrupts: 1,
  does: interruptible,
}
/** The same, of an access that KVM emulates. */
export const INTERRUPTED_INSIDE: Workload = { ...INTERRUPTED, does: WAITING_INSIDE.does ?? singly }

/** A workload that the matrix runs beside every update. */
export interface MatrixWorkload {
  readonly id: string
  readonly workload: Workload
  /** Whether vCPUs begin with every translation of the old set cached. */
  readonly warm: boolean
  /** Whether liveness is decided. */
  readonly liveness: boolean
  /** It runs beside designs that say what happens to emulated accesses, and no others. */
  readonly emulates?: true
  /** It runs beside designs that say this of accesses of the kernel's own. */
  readonly kernel?: 'defers' | 'neither'
}

export const WORKLOADS: readonly MatrixWorkload[] = [
  { id: 'reads, writes and fetches', workload: ALONE, warm: false, liveness: true },
  // Two vCPUs that do the same are one state in either order, so “the same vCPU waits all along” means nothing.
  { id: 'the same', workload: PAIR, warm: true, liveness: false },
  { id: 'the same, in SMM and out', workload: SMM, warm: true, liveness: false },
  { id: 'atomic, table and page-crossing writes', workload: WRITERS, warm: true, liveness: true },
  { id: 'the same, interrupted', workload: INTERRUPTED, warm: false, liveness: true },
  { id: 'emulated accesses', workload: EMULATED, warm: true, liveness: false, emulates: true },
  {
    id: 'accesses of the kernel’s own, deferred',
    workload: KERNEL,
    warm: true,
    liveness: false,
    kernel: 'defers',
  },
  { id: 'the same, with errors', workload: KERNEL_ERRS, warm: true, liveness: false, kernel: 'neither' },
]

/** The scope of a search of an update over so many frames; `warm` is as in `MatrixWorkload`. */
export const scopeOf = (
  { does = fullMenu, ...workload }: Workload,
  frames: number,
  warm: boolean,
): Scope => ({
  ...workload,
  frames,
  menu: does(frames),
  warm,
})
