import { type Control, HELD, HELD_SET, heldOf, INTERRUPT, KIND, VCPU, VCPU_ID, WAITING } from './control.js'
import { StuckReader, type Waiting } from './stuck.js'

/**
 * Waits until no reader holds set `ticket & 1` of space `as`, which is no longer published. @throws StuckReader after
 * `patience` milliseconds for one reader
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
  for (let i = 0; i < readers; i++) {
    const at = control.readerAt(i)
    for (let held = Atomics.load(words, at + HELD); (held & HELD_SET) === set; ) {
      if (!outwait(words, at + HELD, held, patience)) throw stuck(control, at, waiting, patience)
      held = Atomics.load(words, at + HELD)
    }
  }
}

/**
 * Waits until every section that is open now has ended: then all that accesses before now have written is to be seen.
 * @throws StuckReader after `patience` milliseconds for one reader
 */
export function awaitSections(control: Control, patience: number): void {
  const { words, readers } = control
  for (let i = 0; i < readers; i++) {
    const at = control.readerAt(i)
    const held = Atomics.load(words, at + HELD)
    if (held !== 0 && !outwait(words, at + HELD, held, patience))
      throw stuck(control, at, 'harvest', patience)
  }
}

/**
 * Waits until every access that a blocked page of space `as` made wait has looked up again, was abandoned, or its vCPU
 * is gone (SEMANTICS §2, turns; that rule asks for those on pages that are owed again, this waits for the others too).
 * False if `Vm.interrupt` was called. @throws StuckReader after `patience` milliseconds for one reader
 */
export function awaitTurns(control: Control, as: number, patience: number): boolean {
  const { words, readers } = control
  for (let i = 0; i < readers; i++) {
    const at = control.readerAt(i)
    const deadline = performance.now() + patience
    while (Atomics.load(words, at + WAITING) === 1 + as) {
      if (Atomics.exchange(words, INTERRUPT, 0) !== 0) return false
      if (performance.now() > deadline) throw stuck(control, at, 'turn', patience)
      Atomics.wait(words, at + WAITING, 1 + as, INTERRUPT_SLICE)
    }
  }
  return true
}

/** How soon an interrupt is noticed, in milliseconds. */
const INTERRUPT_SLICE = 1

function stuck({ words }: Control, at: number, waiting: Waiting, patience: number): StuckReader {
  const isVcpu = Atomics.load(words, at + KIND) === VCPU
  return new StuckReader(isVcpu ? words[at + VCPU_ID]! >>> 0 : null, waiting, patience)
}

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
function outwait(words: Int32Array, index: number, value: number, patience: number): boolean {
  for (let i = 0; i < SPINS; i++) if (Atomics.load(words, index) !== value) return true
  const deadline = performance.now() + patience
  do {
    if (Atomics.load(words, index) !== value) return true
    Atomics.wait(bed, 0, 0, NAP)
  } while (performance.now() < deadline)
  return Atomics.load(words, index) !== value
}
