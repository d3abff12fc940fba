import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { DirtyLogsHandle } from './logs.js'

const MARKER = `
  const { workerData, parentPort } = require('node:worker_threads')
  const loaded = import(workerData.loader)
    .then(({ register }) => register())
    .then(() => import(workerData.module))
  parentPort.on('message', async ({ handle, log, pages, done }) => {
    const { DirtyLogs } = await loaded
    const logs = DirtyLogs.attach(handle)
    for (let i = 0; i < pages.length; i++) {
      if (i & 1) logs.mark(log, pages[i])
      else logs.markIfClear(log, pages[i])
      Atomics.store(done, 0, i + 1)
    }
  })
`

/** A thread that marks pages one after the other. */
export interface Marker {
  /** Sets it to work, and gives a way to ask how many of the pages are marked. */
  mark(handle: DirtyLogsHandle, log: number, pages: Uint32Array): () => number
  stop(): Promise<unknown>
}

export function startMarker(): Marker {
  const tsx = createRequire(import.meta.url).resolve('tsx/package.json')
  const worker = new Worker(MARKER, {
    eval: true,
    workerData: {
      loader: new URL('dist/esm/api/index.mjs', pathToFileURL(tsx)).href,
      module: new URL('./logs.ts', import.meta.url).href,
    },
  })
  return {
    mark: (handle, log, pages) => {
      const done = new Int32Array(new SharedArrayBuffer(4))
      worker.postMessage({ handle, log, pages, done })
      return () => Atomics.load(done, 0)
    },
    stop: () => worker.terminate(),
  }
}
