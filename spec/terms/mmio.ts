import type { Bytes } from './memory.js'
import { type U64, u64 } from './numbers.js'

/** An exit of KVM_RUN as MMIO: where, how many bytes, 1 to 8, and of a write which. */
export interface MmioExit {
  readonly gpa: U64
  readonly size: number
  readonly data?: Bytes
}

/** Bytes that `kvm_run.mmio` has room for. */
const MAX_BYTES = 8

/** The exits of one fragment, in order of address; with `data` it is written. */
export const exitsOf = (gpa: bigint, size: number, data?: Bytes): readonly MmioExit[] =>
  Array.from({ length: Math.ceil(size / MAX_BYTES) }, (_, i) => {
    const from = i * MAX_BYTES
    const bytes = Math.min(MAX_BYTES, size - from)
    return {
      gpa: u64(gpa + BigInt(from)),
      size: bytes,
      ...(data === undefined ? {} : { data: data.slice(2 * from, 2 * (from + bytes)) }),
    }
  })

/** Bytes that were read by these exits. */
export const bytesRead = (exits: readonly MmioExit[]): number =>
  exits.reduce((sum, { size, data }) => (data === undefined ? sum + size : sum), 0)

/** What the VMM answers to the next `size` bytes after `from`; beyond its answer zeros. */
export const answered = (device: Bytes, from: number, size: number): Bytes =>
  device.slice(2 * from, 2 * (from + size)).padEnd(2 * size, '0')
