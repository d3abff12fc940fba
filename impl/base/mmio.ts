import { pageAddress } from './frames.js'

/** An exit of KVM_RUN as MMIO: byte address, 1 to 8 bytes, and of a write which. */
export interface MmioExit {
  readonly gpa: bigint
  readonly size: number
  readonly data?: Uint8Array
}

/** The most bytes of one exit. */
const MAX_EXIT_BYTES = 8

/**
 * Adds the exits of a fragment, the bytes of an access that lie on one page and are no memory, in order of address.
 * @param written what is written; absent for a read
 */
export function addExits(
  exits: MmioExit[],
  gfn: number,
  offset: number,
  size: number,
  written?: Uint8Array,
): void {
  const gpa = pageAddress(gfn) + BigInt(offset)
  for (let from = 0; from < size; from += MAX_EXIT_BYTES) {
    const bytes = Math.min(MAX_EXIT_BYTES, size - from)
    const at = { gpa: gpa + BigInt(from), size: bytes }
    exits.push(written === undefined ? at : { ...at, data: written.slice(from, from + bytes) })
  }
}
