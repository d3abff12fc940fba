import { constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/*
 * Opening a FIFO waits for whoever opens its other end. Node waits in a thread that nothing can wake, and the process
 * with it, even in `process.exit`. So it is opened without waiting, and the wait is one that an interruption ends.
 */

/** Milliseconds between two looks for a reader. */
const LOOK_EVERY_MS = 50

/** What is written into a FIFO, from its first writer on, until the last has closed it. */
export async function* readPipe(path: string): AsyncGenerator<Uint8Array> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  yield* new Socket({ fd, readable: true, writable: false })
}

const hasNoReader = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENXIO'

/** Writes a text into a FIFO once it has a reader. @throws ENXIO where there was none until `stop`; EPIPE */
export const writePipe = async (path: string, text: string, stop: AbortSignal): Promise<void> => {
  for (;;)
    try {
      // Not for reading too: then it would be its own reader. And not as a FileHandle: when that is collected, it closes
      // a descriptor that the socket has closed, and that may by then be of another file.
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
      const pipe = new Socket({ fd, readable: false, writable: true })
      return await new Promise((resolve, reject) => {
        pipe.once('error', reject)
        pipe.end(text, () => resolve())
      })
    } catch (error) {
      if (!hasNoReader(error) || stop.aborted) throw error
      await setTimeout(LOOK_EVERY_MS)
    }
}
