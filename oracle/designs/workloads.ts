import { fullMenu, type Scope, writersMenu } from '../../spec/designs/world.js'

/** How many vCPUs do how much while the update runs. */
export interface Workload {
  readonly vcpus: number
  readonly accesses: number
  readonly harvests: number
  /** How often each may enter or leave SMM; how many are there from the start. */
  readonly switches?: number
  readonly smm?: number
  /** What they do, where it is not the full menu. */
  readonly does?: (frames: number) => Scope['menu']
}

/** One vCPU that makes two accesses, and two that make one each. */
export const ALONE: Workload = { vcpus: 1, accesses: 2, harvests: 1 }
export const PAIR: Workload = { vcpus: 2, accesses: 1, harvests: 0 }

/** One access of each kind, of one frame at a time. */
const singly = (frames: number): Scope['menu'] => fullMenu(frames).filter(want => want.frames.length === 1)

/** One vCPU that goes into SMM, which has a space of its own, and comes back. */
export const SMM: Workload = { vcpus: 1, accesses: 2, harvests: 0, switches: 2, does: singly }
/** One vCPU that writes in all the other ways: atomically, into tables, across pages. */
export const WRITERS: Workload = { vcpus: 1, accesses: 1, harvests: 0, does: writersMenu }
/** One access, while updates follow each other for ever. */
export const WAITING: Workload = { vcpus: 1, accesses: 1, harvests: 0 }

/** A workload the matrix puts beside every update. */
export interface MatrixWorkload {
  readonly id: string
  readonly workload: Workload
  /** Whether vCPUs begin with every translation of the old set cached. */
  readonly warm: boolean
  /** Whether it is asked who waits for ever. */
  readonly liveness: boolean
}

export const WORKLOADS: readonly MatrixWorkload[] = [
  { id: 'reads, writes and fetches', workload: ALONE, warm: false, liveness: true },
  // Two vCPUs that are alike have no names, so that nobody can be said to wait all along.
  { id: 'the same', workload: PAIR, warm: true, liveness: false },
  { id: 'the same, in SMM and out', workload: SMM, warm: true, liveness: false },
  { id: 'atomic, table and page-crossing writes', workload: WRITERS, warm: true, liveness: true },
]

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
