/** Rounds of looking again before a thread sleeps: some ten microseconds, longer than a section of look-ups. */
const SPINS = 2000
/** How long it sleeps between two looks, in milliseconds. */
const NAP = 0.05

/** Something to sleep on that nobody ever wakes. */
const bed = new Int32Array(new SharedArrayBuffer(4))

/**
 * Waits while word `index` of `words` holds `value`: looks, then naps. False if it still does after `patience`
 * milliseconds. Those who change the word need not notify.
 */
export function outwait(words: Int32Array, index: number, value: number, patience: number): boolean {
  for (let i = 0; i < SPINS; i++) if (Atomics.load(words, index) !== value) return true
  const deadline = performance.now() + patience
  do {
    if (Atomics.load(words, index) !== value) return true
    Atomics.wait(bed, 0, 0, NAP)
  } while (performance.now() < deadline)
  return Atomics.load(words, index) !== value
}
