/**
 * A generator of integers 0..below − 1, from a seed (xorshift32): for tests, which must be repeatable. `impl` has one
 * of its own, because it imports nothing of `spec`, not even in tests.
 */
export function randomFrom(seed: number): (below: number) => number {
  let state = Math.imul(seed, 2_654_435_761) | 1
  return below => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return Math.floor(((state >>> 0) / 2 ** 32) * below)
  }
}
