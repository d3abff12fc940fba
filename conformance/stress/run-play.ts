import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../package-root.js'
import type { PlayResult } from '../reports/stress/codec.js'
import { Board } from './board.js'
import type { FromThread, PartJob, PartOver } from './messages.js'
import type { Play } from './play.js'

/** Workers run compiled files, wherever they are started from. */
const THREAD = 'dist/conformance/stress/thread.js'

export interface PlayOptions {
  readonly seconds: number
  readonly seed: number
  readonly fault?: string | undefined
  readonly stop?: AbortSignal | undefined
}

/** The threads' file; null where the project has not been built. */
export const threadFile = (): string | null => {
  const file = join(packageRoot(), THREAD)
  return existsSync(file) ? file : null
}

/** A thread and what it will say: first that it has begun, and then how it ended; the latter alone where it died early. */
interface Heard {
  readonly worker: Worker
  readonly begun: Promise<FromThread>
  readonly over: Promise<PartOver>
}

const hear = (file: string, part: string): Heard => {
  const worker = new Worker(file)
  const over = new Promise<PartOver>(resolve => {
    const died = (why: string): void =>
      resolve({
        kind: 'over',
        part,
        turns: 0,
        violations: [{ property: 'broke', says: `the thread of ${part} ended: ${why}`, ms: 0 }],
        count: 1,
      })
    worker.on('message', (message: FromThread) => message.kind === 'over' && resolve(message))
    worker.on('error', error => died(String(error)))
    worker.on('exit', code => died(`exit ${code}`))
  })
  const first = new Promise<FromThread>(resolve => worker.once('message', resolve))
  return { worker, begun: Promise.race([first, over]), over }
}

/** Lets the play go on until its time is over, the user stops it, or a fault has shown. */
const timeOut = async (
  board: Board,
  ended: Promise<unknown>,
  { seconds, stop }: PlayOptions,
): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const time = new Promise(resolve => {
    timer = setTimeout(resolve, seconds * 1000)
  })
  let wake: () => void = () => {}
  const stopped = new Promise<void>(resolve => {
    wake = resolve
  })
  stop?.addEventListener('abort', wake)
  if (stop?.aborted === true) wake()
  await Promise.race([time, stopped, ended])
  clearTimeout(timer)
  stop?.removeEventListener('abort', wake)
  board.stop()
}

/** Plays one play, each part in a thread of its own. Its time begins when all threads have. */
export const runPlay = async (file: string, play: Play, options: PlayOptions): Promise<PlayResult> => {
  const buffer = Board.buffer(play.words)
  const names = Object.keys(play.parts)
  const updater = hear(file, 'updater')
  const others = names.map(name => hear(file, name))
  const threads = [updater, ...others]
  const began = performance.now()
  try {
    const job = (part: string): PartJob => ({
      play: play.id,
      part,
      board: buffer,
      seed: options.seed,
      ...(options.fault === undefined ? {} : { fault: options.fault }),
    })
    updater.worker.postMessage(job('updater'))
    const ready = await updater.begun
    if (ready.kind === 'over') return resultOf(play, began, [ready])
    if (ready.kind !== 'ready') throw new Error('the updater gives no VM') // it makes one
    for (const [i, { worker }] of others.entries())
      worker.postMessage({ ...job(names[i] as string), share: ready.share })
    await Promise.all(others.map(({ begun }) => begun))
    await timeOut(new Board(buffer, false), Promise.race(threads.map(({ over }) => over)), options)
    return resultOf(play, began, await Promise.all(threads.map(({ over }) => over)))
  } finally {
    await Promise.all(threads.map(({ worker }) => worker.terminate()))
  }
}

const resultOf = (play: Play, began: number, over: readonly PartOver[]): PlayResult => {
  return {
    play: play.id,
    seconds: (performance.now() - began) / 1000,
    turns: Object.fromEntries(over.map(({ part, turns }) => [part, turns])),
    violations: over.flatMap(({ violations }) => violations),
    count: over.reduce((sum, { count }) => sum + count, 0),
  }
}
