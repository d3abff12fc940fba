import { setImmediate } from 'node:timers/promises'

/**
 * Lets the event loop go round once, so that signals, timers and messages are heard while long work goes on in this
 * thread. (The explorer has a way of its own: it also runs in a browser, which has no `setImmediate`.)
 */
export const giveWay = (): Promise<void> => setImmediate()
