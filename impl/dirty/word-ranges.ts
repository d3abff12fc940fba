import type { DirtyArena } from './arena.js'
import { lowBits, popcount } from './bit-words.js'

/** Bits `[low, high)` of the words from `at` on: word by word, each change atomic. */

/** The bits of word `index` that lie in `[low, high)`. */
function maskOf(index: number, low: number, high: number): number {
  const first = index * 32
  let mask = -1
  if (first < low) mask &= ~lowBits(low - first)
  if (first + 32 > high) mask &= lowBits(high - first)
  return mask
}

export function setWords({ words }: DirtyArena, at: number, low: number, high: number): void {
  for (let index = low >>> 5; index * 32 < high; index++) {
    const mask = maskOf(index, low, high)
    if ((words[at + index]! & mask) !== mask) Atomics.or(words, at + index, mask)
  }
}

export function clearWords({ words }: DirtyArena, at: number, low: number, high: number): void {
  for (let index = low >>> 5; index * 32 < high; index++) {
    const mask = maskOf(index, low, high)
    if ((words[at + index]! & mask) !== 0) Atomics.and(words, at + index, ~mask)
  }
}

/** How many are set. */
export function countBits({ words, kernels }: DirtyArena, at: number, low: number, high: number): number {
  const first = low >>> 5
  const last = (high - 1) >>> 5
  if (first === last) return popcount(words[at + first]! & maskOf(first, low, high))
  const head = popcount(words[at + first]! & maskOf(first, low, high))
  const tail = popcount(words[at + last]! & maskOf(last, low, high))
  return head + tail + kernels.count(at + first + 1, last - first - 1)
}

/**
 * Visits the words that have a bit set: where the word is, the position of its first bit, and which bits are wanted.
 */
export function eachDirtyWord(
  { words, kernels }: DirtyArena,
  at: number,
  low: number,
  high: number,
  visit: (at: number, bit: number, mask: number) => void,
): void {
  const end = Math.ceil(high / 32)
  for (let index = low >>> 5; index < end; index++) {
    if (words[at + index] === 0) {
      index += kernels.zeroes(at + index, end - index)
      if (index === end) return
    }
    visit(at + index, index * 32, maskOf(index, low, high))
  }
}
