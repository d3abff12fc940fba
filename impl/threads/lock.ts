import { type Control, LOCK, MAX_OWNERS } from './control.js'
import { StuckCall, TakenOver } from './stuck.js'

/**
 * The lock word: whether another thread may sleep until the lock is free, who has it (0: nobody), and in the upper bits
 * a count of the calls, by which what a call has written down is known to be its own.
 */
const WANTED = 1
const OWNER_BITS = 22
const OWNER = MAX_OWNERS << 1
const NEXT_CALL = 1 << (OWNER_BITS + 1)

/**
 * The lock that a VM's slot, log and capability calls take, one call at a time in all threads (kernel:
 * `kvm->slots_lock`). It knows its owner; only its owner gives it back.
 * @throws StuckCall after `patience` milliseconds, with the owner's number
 */
export function lock(control: Control, owner: number, patience: number): void {
  const { words } = control
  const free = Atomics.load(words, LOCK)
  if ((free & OWNER) === 0 && Atomics.compareExchange(words, LOCK, free, free | (owner << 1)) === free) return
  const deadline = performance.now() + patience
  for (;;) {
    const was = Atomics.load(words, LOCK)
    if ((was & OWNER) === 0) {
      // Others may sleep as well: whoever has slept wakes another when it gives the lock back.
      if (Atomics.compareExchange(words, LOCK, was, was | (owner << 1) | WANTED) === was) return
      continue
    }
    const left = deadline - performance.now()
    if (left <= 0) throw new StuckCall(ownerIn(was), patience)
    const wanted = was | WANTED
    if (was === wanted || Atomics.compareExchange(words, LOCK, was, wanted) === was) {
      control.onSleep?.(true)
      Atomics.wait(words, LOCK, wanted, left)
    }
  }
}

/**
 * Gives the lock back, and wakes a thread that waits for it.
 * @throws TakenOver if `owner` has it no more
 */
export function unlock({ words }: Control, owner: number): void {
  for (;;) {
    const was = Atomics.load(words, LOCK)
    if (ownerIn(was) !== owner) throw new TakenOver()
    const free = (was & ~(OWNER | WANTED)) + NEXT_CALL
    if (Atomics.compareExchange(words, LOCK, was, free | 0) !== was) continue
    if ((was & WANTED) !== 0) Atomics.notify(words, LOCK, 1)
    return
  }
}

/** Takes the lock from `from`, which has died with it; the call stays the same. Whether `from` had it. */
export function takeOver({ words }: Control, from: number, owner: number): boolean {
  for (;;) {
    const was = Atomics.load(words, LOCK)
    if (ownerIn(was) !== from) return false
    if (Atomics.compareExchange(words, LOCK, was, (was & ~OWNER) | (owner << 1)) === was) return true
  }
}

/** Who has the lock; 0 for nobody. */
export function ownerOf({ words }: Control): number {
  return ownerIn(Atomics.load(words, LOCK))
}

/** The number of the call that has the lock, in the upper bits. Under the lock. */
export function callNumber({ words }: Control): number {
  return Atomics.load(words, LOCK) & ~(OWNER | WANTED)
}

function ownerIn(word: number): number {
  return (word & OWNER) >>> 1
}
