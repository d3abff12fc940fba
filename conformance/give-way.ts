import { setImmediate } from 'node:timers/promises'

/**
 * Lets the event loop go round once, so that signals, timers and messages are heard while long work goes on in this
 * thread. (The explorer has a way of its own: it also runs in a browser, which has no `setImmediate`.)
 */
export const giveWay = (): Promise<void> => setImmediate()

/** Milliseconds for which long work keeps its thread before it gives way. */
const KEPT = 50

/** Asked between the steps of long work: whether it has kept its thread for so long that it should give way now. */
export const pacing = (): (() => boolean) => {
  let since = performance.now()
  return () => {
    const now = performance.now()
    if (now - since < KEPT) return false
    since = now
    return true
  }
}

/** Does work step by step and gives way in between; null where it was stopped before its end. */
export const stepwise = async <A>(
  work: Generator<unknown, A>,
  stop: { readonly aborted: boolean },
): Promise<A | null> => {
  const isDue = pacing()
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
    if (!isDue()) continue
    await giveWay()
    if (stop.aborted) return null
  }
}

/** Work that is done step by step, done without giving way. */
export const atOnce = <A>(work: Generator<unknown, A>): A => {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}
