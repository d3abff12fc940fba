import type { Seen } from '../../../../spec/terms/result.js'
import type { PhysicalOperation } from '../guest/physical.js'
import type { Room } from '../guest/room.js'

/** A vCPU of the kernel, by what its process knows it by. */
export interface VcpuHandle {
  /** As the program calls it. */
  readonly id: number
  readonly fd: number
  readonly runAddress: number
  readonly smm: boolean
}

/** What a thread does that makes the accesses of a program. Addresses are of this process, which its threads share. */
export interface ThreadJob {
  readonly operations: readonly PhysicalOperation[]
  readonly vcpus: readonly VcpuHandle[]
  readonly runBytes: number
  readonly stubAddress: number
  readonly room: Room
  /** The processor that it runs on. */
  readonly cpu: number
  readonly board: SharedArrayBuffer
}

/** An operation between two values of a counter that all threads step. */
export interface Timed<O> {
  readonly operation: O
  readonly seen: Seen
  readonly from: number
  readonly to: number
}

export type FromThread =
  | { readonly kind: 'done'; readonly timed: readonly Timed<PhysicalOperation>[] }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'threw'; readonly why: string }

/** Words of the board: the counter, how many threads are ready, whether all may go, and whether they are to end early. */
export const CLOCK = 0
export const READY = 1
export const GO = 2
export const STOP = 3

export const boardOf = (): SharedArrayBuffer => new SharedArrayBuffer(16)

/** Does an operation between two steps of the counter. */
export const timed = <O>(words: Int32Array, operation: O, perform: (o: O) => Seen): Timed<O> => {
  const from = Atomics.add(words, CLOCK, 1)
  const seen = perform(operation)
  return { operation, seen, from, to: Atomics.add(words, CLOCK, 1) }
}
