import type { AccessPoint } from '../../../impl/machine.js'
import {
  awaitPendingTurns,
  block,
  drain,
  drainOwed,
  type Protocol,
  publish,
  type Step,
  settle,
} from '../../../impl/update/protocol.js'
import { POINTS, type Point } from '../../../oracle/wire/program.js'
import { DOING, GO, POLLS, RUNS, SLEEPS, SLEPT, STOPPED, TO_ITS_END, TO_THE_END, UNTIL } from './job.js'

/** How one thread stops where it was told to, and tells what it is doing. */
export class Stopping {
  readonly #words: Int32Array
  #turns = 0

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer)
  }

  /** Waits for the next turn, unless the turns are over. */
  stop(): void {
    const words = this.#words
    if (Atomics.load(words, UNTIL) === TO_THE_END) return
    this.#say(STOPPED)
    Atomics.wait(words, GO, this.#turns)
    this.#turns = Atomics.load(words, GO)
    this.#say(RUNS)
  }

  at(point: Point): void {
    if (Atomics.load(this.#words, UNTIL) === POINTS.indexOf(point)) this.stop()
  }

  /** The operation is over, and so is the turn, whatever it was to reach. */
  ended(): void {
    if (Atomics.load(this.#words, UNTIL) !== TO_THE_END) Atomics.store(this.#words, UNTIL, TO_ITS_END)
  }

  /** It is about to sleep because of another thread, which wakes it or not. */
  sleeps(woken: boolean): void {
    Atomics.add(this.#words, SLEPT, 1)
    this.#say(woken ? SLEEPS : POLLS)
  }

  /** It does not wait any more. */
  goesOn(): void {
    this.#say(RUNS)
  }

  #say(doing: number): void {
    Atomics.store(this.#words, DOING, doing)
    Atomics.notify(this.#words, DOING)
  }
}

const WAITING: readonly Step[] = [awaitPendingTurns, drainOwed, drain]

/** The steps of an update, with a stop after those that are a point. Before them it has waited for the lock. */
export const stoppingProtocol = (stopping: Stopping, protocol: Protocol): Protocol => {
  const reached: readonly (readonly [Step, Point])[] = [
    [block, 'blocked'],
    [drainOwed, 'drained'],
    [publish, 'published'],
    [settle, 'settled'],
  ]
  return [
    () => stopping.goesOn(),
    ...protocol.flatMap((step): Protocol => {
      const point = reached.find(([of]) => of === step)?.[1]
      return [
        step,
        ...(WAITING.includes(step) ? [() => stopping.goesOn()] : []),
        ...(point === undefined ? [] : [() => stopping.at(point)]),
      ]
    }),
  ]
}

/** What an access calls at its points. */
export const stoppingAccess =
  (stopping: Stopping) =>
  (point: AccessPoint): void => {
    if (point === 'waited') stopping.goesOn()
    else stopping.at(point)
  }
