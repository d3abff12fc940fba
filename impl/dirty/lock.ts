/**
 * A thread has held the lock of a dirty arena for ten seconds: it has probably died while it made or freed a log. No
 * log can be made or freed in this arena any more; those that are there go on.
 */
export class ArenaStuck extends Error {
  override readonly name = 'ArenaStuck'
}

const PATIENCE_MS = 10_000

/** Takes a lock that is held for a few hundred nanoseconds, by spinning. @throws ArenaStuck after ten seconds */
export function lock(words: Int32Array, at: number): void {
  if (Atomics.compareExchange(words, at, 0, 1) === 0) return
  const end = Date.now() + PATIENCE_MS
  while (Atomics.compareExchange(words, at, 0, 1) !== 0) {
    if (Date.now() > end)
      throw new ArenaStuck('a thread holds the lock of a dirty arena and does not give it back')
  }
}

export function unlock(words: Int32Array, at: number): void {
  Atomics.store(words, at, 0)
}
