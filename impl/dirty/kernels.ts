/**
 * Loops over many words of the arena: in WebAssembly, and in TypeScript to compare it with. Positions and lengths are
 * in words of 32 bits. Other threads may mark meanwhile, except in words that are called private.
 */
export interface Kernels {
  /**
   * Takes the bits of `words` words, each with one atomic exchange if it is not 0, and writes them to private memory. A
   * multiple of 8 words; both positions even.
   * @returns 0 if all were 0
   */
  harvest(source: number, target: number, words: number): number
  /** Sets all bits of private words, or clears them. */
  fill(at: number, words: number, on: boolean): void
  /** Copies 32 · `words` bits from bit `shift`, 0..31, of `source` on, to private words. The source may not change. */
  copyShifted(source: number, shift: number, target: number, words: number): void
  /** The same, ORed atomically into words that others mark. */
  orShifted(source: number, shift: number, target: number, words: number): void
  /** How many bits are set in `words` words. */
  count(at: number, words: number): number
  /** How many of `words` words come before the first that is not 0; `words` if all are 0. */
  zeroes(at: number, words: number): number
}
