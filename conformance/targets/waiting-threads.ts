import { Worker } from 'node:worker_threads'

/** Threads that wait for a job: to start one takes longer than most programs. They do not keep the process alive. */
export interface WaitingThreads {
  take(): Worker
  /** Takes back threads that are through. */
  give(workers: readonly Worker[]): void
}

/** Threads that run this file. */
export const waitingThreads = (file: string): WaitingThreads => {
  const idle: Worker[] = []
  return {
    take: () => {
      const worker = idle.pop() ?? new Worker(file)
      worker.ref()
      return worker
    },
    give: workers => {
      for (const worker of workers) {
        worker.unref()
        idle.push(worker)
      }
    },
  }
}

interface Threw {
  readonly kind: 'threw'
  readonly why: string
}

/** What a thread answers; that it threw, where it ended. */
export const heard = <A>(worker: Worker): Promise<A | Threw> =>
  new Promise(resolve => {
    const hear = (answer: A | Threw): void => {
      worker.off('message', hear)
      worker.off('error', died)
      worker.off('exit', died)
      resolve(answer)
    }
    const died = (why: unknown): void => hear({ kind: 'threw', why: `a thread ended: ${String(why)}` })
    worker.on('message', hear)
    worker.on('error', died)
    worker.on('exit', died)
  })
