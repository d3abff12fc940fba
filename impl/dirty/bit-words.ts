import { appendRun, type Ranges } from '../base/ranges.js'

/** Bits in 32-bit words, least significant first; positions count from the first word. */

/** A word whose lowest `count` bits are set, 0 ≤ count ≤ 32. */
export function lowBits(count: number): number {
  return count === 32 ? -1 : (1 << count) - 1
}

/** How many bits of `word` are set. */
export function popcount(word: number): number {
  let v = word - ((word >>> 1) & 0x5555_5555)
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333)
  return Math.imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24
}

/** Appends the runs of set bits of `word`, whose bit 0 is position `base`. */
export function appendWordRuns(runs: Ranges, base: number, word: number): void {
  let rest = word >>> 0
  while (rest !== 0) {
    const first = 31 - Math.clz32(rest & -rest)
    const inverted = ~(rest >>> first)
    const count = inverted === 0 ? 32 : 31 - Math.clz32(inverted & -inverted)
    const length = Math.min(count, 32 - first)
    appendRun(runs, base + first, length)
    rest = (rest & ~(lowBits(length) << first)) >>> 0
  }
}
