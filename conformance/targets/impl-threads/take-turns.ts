import type { UpTo } from '../../../oracle/wire/program.js'
import { POINTS } from '../../../oracle/wire/program.js'
import { DOING, GO, POLLS, SLEEPS, SLEPT, STOPPED, THROUGH, TO_ITS_END, TO_THE_END, UNTIL } from './job.js'

/** Milliseconds in which a thread goes on that another one has just woken. */
const WOKEN = 4
/** How often a thread looks again until it is known to have seen what there was before. */
const LOOKS = 2

const pause = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 0))

/**
 * Waits until a thread has stopped, is through, or has to wait for another one, all of which have settled.
 * @param grace milliseconds in which one goes on that was asleep, and may have been woken
 */
const settled = async (words: Int32Array, grace: number, isOver: () => boolean): Promise<void> => {
  const [began, slept] = [performance.now(), Atomics.load(words, SLEPT)]
  for (;;) {
    const doing = Atomics.load(words, DOING)
    if (doing === STOPPED || doing === THROUGH || isOver()) return
    if (doing === POLLS && Atomics.load(words, SLEPT) - slept >= LOOKS) return
    if (doing === SLEEPS && performance.now() - began >= grace) return
    await pause()
  }
}

const tell = (words: Int32Array, until: number): void => {
  Atomics.store(words, UNTIL, until)
  Atomics.add(words, GO, 1)
  Atomics.notify(words, GO)
}

/** Lets the threads take their turns in order; then each does what is left. A thread that waits goes on when it can. */
export const takeTurns = async (
  schedule: readonly (number | UpTo)[],
  stops: ReadonlyMap<number, SharedArrayBuffer>,
  answering: Promise<unknown>,
): Promise<void> => {
  let over = false
  const end = (): void => {
    over = true
  }
  answering.then(end, end)
  const isOver = () => over
  const wordsOf = new Map([...stops].map(([tid, buffer]) => [tid, new Int32Array(buffer)]))
  const waiting = (): readonly Int32Array[] =>
    [...wordsOf.values()].filter(words => [POLLS, SLEEPS].includes(Atomics.load(words, DOING)))
  for (const words of wordsOf.values()) await settled(words, 0, isOver)
  for (const turn of schedule) {
    const words = wordsOf.get(typeof turn === 'number' ? turn : turn.tid)
    if (words === undefined || Atomics.load(words, DOING) === THROUGH) continue
    const isStopped = Atomics.load(words, DOING) === STOPPED
    if (isStopped) {
      Atomics.store(words, DOING, 0)
      tell(words, typeof turn === 'number' ? TO_ITS_END : POINTS.indexOf(turn.until))
    } else Atomics.store(words, UNTIL, typeof turn === 'number' ? TO_ITS_END : POINTS.indexOf(turn.until))
    await settled(words, isStopped ? 0 : WOKEN, isOver)
    for (const others of waiting()) if (others !== words) await settled(others, WOKEN, isOver)
  }
  for (const words of wordsOf.values()) tell(words, TO_THE_END)
}
