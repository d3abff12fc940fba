import type { UpTo } from '../../../oracle/wire/program.js'
import { POINTS } from '../../../oracle/wire/program.js'
import { DOING, GO, MAY_WAIT, STOPPED, THROUGH, TO_ITS_END, TO_THE_END, UNTIL } from './job.js'

/** Milliseconds after which a thread that may have to wait for another one is taken to wait. */
const GRACE = 8

const pause = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 0))

/** Waits until a thread has stopped, is through, or waits for another one. */
const settled = async (words: Int32Array, isOver: () => boolean): Promise<void> => {
  let since: number | null = null
  for (;;) {
    const doing = Atomics.load(words, DOING)
    if (doing === STOPPED || doing === THROUGH || isOver()) return
    if (doing !== MAY_WAIT) since = null
    else if (since === null) since = performance.now()
    else if (performance.now() - since > GRACE) return
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
  for (const words of wordsOf.values()) await settled(words, isOver)
  for (const turn of schedule) {
    const words = wordsOf.get(typeof turn === 'number' ? turn : turn.tid)
    if (words === undefined || Atomics.load(words, DOING) === THROUGH) continue
    if (Atomics.load(words, DOING) === STOPPED) {
      Atomics.store(words, DOING, 0)
      tell(words, typeof turn === 'number' ? TO_ITS_END : POINTS.indexOf(turn.until))
    } else Atomics.store(words, UNTIL, typeof turn === 'number' ? TO_ITS_END : POINTS.indexOf(turn.until))
    await settled(words, isOver)
  }
  for (const words of wordsOf.values()) tell(words, TO_THE_END)
}
