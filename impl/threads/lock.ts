import { type Control, LOCK } from './control.js'
import { StuckCall } from './stuck.js'

const FREE = 0
const TAKEN = 1
/** Taken, and another thread may sleep until it is free. */
const WANTED = 2

/**
 * The lock that a VM's slot, log and capability calls take, one call at a time in all threads (kernel:
 * `kvm->slots_lock`).
 * @throws StuckCall after `patience` milliseconds
 */
export function lock({ words }: Control, patience: number): void {
  if (Atomics.compareExchange(words, LOCK, FREE, TAKEN) === FREE) return
  const deadline = performance.now() + patience
  while (Atomics.exchange(words, LOCK, WANTED) !== FREE) {
    const left = deadline - performance.now()
    if (left <= 0) throw new StuckCall(patience)
    Atomics.wait(words, LOCK, WANTED, left)
  }
}

/** Releases the lock, and wakes a thread that waits for it. */
export function unlock({ words }: Control): void {
  if (Atomics.exchange(words, LOCK, FREE) === WANTED) Atomics.notify(words, LOCK, 1)
}
