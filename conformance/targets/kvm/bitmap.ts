import type { Run } from '../../../spec/terms/page-set.js'

/** Bytes of the bitmap of so many pages: whole 64-bit words (kvm_dirty_bitmap_bytes). */
export const bitmapBytes = (pages: number): number => Math.ceil(pages / 64) * 8

/** The set bits as runs `[first, count]`. KVM's bitmaps are little-endian: bit `i` is bit `i % 8` of byte `i / 8`. */
export const runsOfBits = (bytes: Uint8Array): readonly Run[] => {
  const runs: Run[] = []
  let start = -1 // where the open run began
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte === (start < 0 ? 0x00 : 0xff)) continue
    for (let bit = 0; bit < 8; bit++) {
      const set = ((byte >> bit) & 1) === 1
      const page = i * 8 + bit
      if (set && start < 0) start = page
      if (!set && start >= 0) {
        runs.push([start, page - start])
        start = -1
      }
    }
  }
  if (start >= 0) runs.push([start, bytes.length * 8 - start])
  return runs
}

/** Writes a bitmap in which page `origin` is bit 0. Pages before it or beyond the bitmap's end are left out. */
export const writeBits = (bytes: Uint8Array, runs: readonly Run[], origin: number): void => {
  bytes.fill(0)
  for (const [first, count] of runs) {
    const from = Math.max(0, first - origin)
    const to = Math.min(bytes.length * 8, first - origin + count)
    for (let page = from; page < to; page++) {
      const at = page >> 3
      bytes[at] = (bytes[at] as number) | (1 << (page & 7))
    }
  }
}

/** What memory is filled with before the kernel writes to it. No bitmap that is all 0 or all 1 has these bytes. */
export const SENTINEL = 0xa5
export const OTHER_SENTINEL = 0x5a

/** How many bytes, counted from the start, were written over a fill; a last byte that equals the fill is not seen. */
export const writtenOver = (bytes: Uint8Array, fill: number): number => {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === fill) end--
  return end
}
