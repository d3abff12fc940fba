import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../package-root.js'
import type { PlayResult } from '../reports/stress/codec.js'
import { Board } from './board.js'
import type { FromThread, PartJob } from './messages.js'
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

/** The next message of a thread; a violation where the thread died. */
const heard = async (worker: Worker, part: string): Promise<FromThread> => {
  const died = (why: string): FromThread => ({
    kind: 'over',
    part,
    turns: 0,
    violations: [{ property: 'broke', says: `the thread of ${part} ended: ${why}`, ms: 0 }],
    count: 1,
  })
  return Promise.race([
    once(worker, 'message').then(
      ([message]) => message as FromThread,
      (error: unknown) => died(String(error)),
    ),
    once(worker, 'exit').then(
      ([code]) => died(`exit ${code}`),
      (error: unknown) => died(String(error)),
    ),
  ])
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

/** Plays one play, each part in a thread of its own. */
export const runPlay = async (file: string, play: Play, options: PlayOptions): Promise<PlayResult> => {
  const buffer = Board.buffer(play.words)
  const names = Object.keys(play.parts)
  const workers = ['updater', ...names].map(() => new Worker(file))
  const began = performance.now()
  try {
    const job = (part: string): PartJob => ({
      play: play.id,
      part,
      board: buffer,
      seed: options.seed,
      ...(options.fault === undefined ? {} : { fault: options.fault }),
    })
    const [updater, ...others] = workers as [Worker, ...Worker[]]
    updater.postMessage(job('updater'))
    const ready = await heard(updater, 'updater')
    if (ready.kind === 'over') return resultOf(play, began, [ready])
    const over = [updater, ...others].map((worker, i) =>
      heard(worker, i === 0 ? 'updater' : (names[i - 1] as string)),
    )
    for (const [i, worker] of others.entries()) {
      worker.postMessage({ ...job(names[i] as string), share: ready.share })
    }
    await timeOut(new Board(buffer, false), Promise.race(over), options)
    return resultOf(play, began, await Promise.all(over))
  } finally {
    await Promise.all(workers.map(worker => worker.terminate()))
  }
}

const resultOf = (play: Play, began: number, messages: readonly FromThread[]): PlayResult => {
  const over = messages.filter(message => message.kind === 'over')
  return {
    play: play.id,
    seconds: (performance.now() - began) / 1000,
    turns: Object.fromEntries(over.map(({ part, turns }) => [part, turns])),
    violations: over.flatMap(({ violations }) => violations),
    count: over.reduce((sum, { count }) => sum + count, 0),
  }
}
