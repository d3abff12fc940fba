/**
 * Another thread has held the lock of a dirty arena longer than `patience`: it may have died while it made or freed a
 * log. The logs that are there go on. Only an arena that threads share by `DirtyArena.attach` can have it: a VM that is
 * shared takes an arena of its own, whose logs are made and freed under the lock of the VM.
 */
export class ArenaStuck extends Error {
  override readonly name = 'ArenaStuck'
  constructor(patience: number) {
    super(`another thread has held the lock of a dirty arena for ${patience} ms`)
  }
}

const FREE = 0
const TAKEN = 1

/** Takes a lock that is held for a few hundred nanoseconds. @throws ArenaStuck after `patience` milliseconds */
export function lock(words: Int32Array, at: number, patience: number): void {
  if (Atomics.compareExchange(words, at, FREE, TAKEN) === FREE) return
  const deadline = performance.now() + patience
  while (Atomics.compareExchange(words, at, FREE, TAKEN) !== FREE) {
    if (performance.now() > deadline) throw new ArenaStuck(patience)
    Atomics.wait(words, at, TAKEN, NAP)
  }
}

/** Milliseconds of sleep between two looks: who frees the lock wakes nobody. */
const NAP = 0.05

export function unlock(words: Int32Array, at: number): void {
  Atomics.store(words, at, FREE)
}
