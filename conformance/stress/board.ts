import type { Violation } from '../reports/stress/codec.js'

/** What the threads of a play share beside the VM: a few words, and the violations. */

/** Not 0 when the play is over. */
const STOP = 0
const FIRST_FREE = 16

/** Violations of a thread that are kept; the rest is counted. */
const TOLD = 5

/** One thread's view of it. */
export class Board {
  readonly words: Int32Array
  readonly violations: Violation[] = []
  /** How many violations there were; only the first few are kept. */
  count = 0
  readonly #began = performance.now()
  readonly #stopsAtOnce: boolean

  /** @param stopsAtOnce whether the first violation ends the play, as it does where a fault was put in */
  constructor(buffer: SharedArrayBuffer, stopsAtOnce: boolean) {
    this.words = new Int32Array(buffer)
    this.#stopsAtOnce = stopsAtOnce
  }

  /** @param words of the play's own, which begin at `own(0)` */
  static buffer(words: number): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * (FIRST_FREE + words))
  }

  /** The place of word `i` of the play's own. */
  static own(i: number): number {
    return FIRST_FREE + i
  }

  get isOver(): boolean {
    return Atomics.load(this.words, STOP) !== 0
  }

  stop(): void {
    Atomics.store(this.words, STOP, 1)
    Atomics.notify(this.words, STOP)
  }

  violated(property: string, says: string): void {
    this.count++
    if (this.violations.length < TOLD) {
      this.violations.push({ property, says, ms: Math.round(performance.now() - this.#began) })
    }
    if (this.#stopsAtOnce) this.stop()
  }

  /** Raises word `at` to `value`, if it is lower. */
  raise(at: number, value: number): void {
    for (let was = Atomics.load(this.words, at); was < value; ) {
      const found = Atomics.compareExchange(this.words, at, was, value)
      if (found === was) return
      was = found
    }
  }
}
