/** A thread died while it made or freed a log. The arena cannot be used any more; logs that are there can. */
export class ArenaStuck extends Error {
  override readonly name = 'ArenaStuck'
}

const PATIENCE_MS = 10_000

/** A lock for a few hundred nanoseconds: whoever wants it turns round. @throws ArenaStuck after ten seconds */
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
