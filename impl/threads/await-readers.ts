import {
  type Control,
  HELD,
  HELD_SET,
  heldOf,
  INTERRUPT,
  KIND,
  TAKEN,
  VCPU,
  VCPU_ID,
  WAITING,
} from './control.js'
import { StuckReader, type Waiting } from './stuck.js'

/**
 * Waits until no reader holds set `ticket & 1` of space `as`, which is no longer published.
 * @throws StuckReader after `patience` milliseconds
 */
export function awaitHolders(
  control: Control,
  as: number,
  ticket: number,
  patience: number,
  waiting: Waiting,
): void {
  const { words, readers } = control
  const set = heldOf(as, ticket)
  let deadline: number | undefined
  for (let i = 0; i < readers; i++) {
    const at = control.readerAt(i)
    for (let held = Atomics.load(words, at + HELD); (held & HELD_SET) === set; ) {
      deadline ??= performance.now() + patience
      if (!outwait(control, at + HELD, held, deadline)) throw stuck(control, at, waiting, patience)
      held = Atomics.load(words, at + HELD)
    }
  }
}

/**
 * Waits until every section that is open now has ended. Then every access that began before has stored its data.
 * @throws StuckReader after `patience` milliseconds
 */
export function awaitSections(control: Control, patience: number): void {
  const { words, readers } = control
  let deadline: number | undefined
  for (let i = 0; i < readers; i++) {
    const at = control.readerAt(i)
    const held = Atomics.load(words, at + HELD)
    if (held === 0) continue
    deadline ??= performance.now() + patience
    if (!outwait(control, at + HELD, held, deadline)) throw stuck(control, at, 'harvest', patience)
  }
}

/**
 * Waits until every access that waits because of a blocked page of space `as` has had its turn: it has looked up again,
 * was abandoned, or its vCPU was released. (semantics.md §2, turns, asks this only of accesses to pages that are owed
 * again; waiting for all of them is simpler.) False if `Vm.interrupt` was called.
 * @throws StuckReader after `patience` milliseconds
 */
export function awaitTurns(control: Control, as: number, patience: number): boolean {
  const { words, readers } = control
  let deadline: number | undefined
  for (let i = 0; i < readers; i++) {
    const at = control.readerAt(i)
    while (Atomics.load(words, at + WAITING) === 1 + as) {
      if (Atomics.exchange(words, INTERRUPT, 0) !== 0) return false
      deadline ??= performance.now() + patience
      if (performance.now() > deadline) throw stuck(control, at, 'turn', patience)
      control.onSleep?.(false)
      Atomics.wait(words, at + WAITING, 1 + as, INTERRUPT_SLICE)
    }
  }
  return true
}

/** How soon an interrupt is noticed, in milliseconds. */
const INTERRUPT_SLICE = 1

function stuck({ words }: Control, at: number, waiting: Waiting, patience: number): StuckReader {
  const isVcpu = Atomics.load(words, at + KIND) === VCPU
  const owner = Atomics.load(words, at + TAKEN)
  return new StuckReader(isVcpu ? words[at + VCPU_ID]! >>> 0 : null, owner, waiting, patience)
}

/** Loads before a thread sleeps: some ten microseconds, longer than a section of lookups. */
const SPINS = 2000
/** Milliseconds of sleep between two loads. */
const NAP = 0.05

/** A word to sleep on that is never notified. */
const neverNotified = new Int32Array(new SharedArrayBuffer(4))

/**
 * Waits while word `index` holds `value`: spins, then sleeps and polls. False if it still does at
 * `deadline`. A thread that changes the word need not notify.
 */
function outwait(control: Control, index: number, value: number, deadline: number): boolean {
  const { words } = control
  for (let i = 0; i < SPINS; i++) if (Atomics.load(words, index) !== value) return true
  do {
    if (Atomics.load(words, index) !== value) return true
    control.onSleep?.(false)
    Atomics.wait(neverNotified, 0, 0, NAP)
  } while (performance.now() < deadline)
  return Atomics.load(words, index) !== value
}
