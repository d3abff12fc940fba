import { once } from 'node:events'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'

const START = `
  const { workerData, parentPort } = require('node:worker_threads')
  import(workerData.loader)
    .then(({ register }) => register())
    .then(() => import(workerData.module))
    .then(impl => {
      const body = eval('(' + workerData.body + ')')
      parentPort.postMessage(body(impl, workerData.data))
    })
`

export type Impl = typeof import('../index.js')

/**
 * Runs `body` in a thread of its own, with this implementation and `data`, which is posted to it. It is handed over as
 * text and sees nothing from around it. Resolves to what it returns, also posted.
 */
export async function inThread<D, R>(body: (impl: Impl, data: D) => R, data: D): Promise<R> {
  const tsx = createRequire(import.meta.url).resolve('tsx/package.json')
  const worker = new Worker(START, {
    eval: true,
    workerData: {
      loader: new URL('dist/esm/api/index.mjs', pathToFileURL(tsx)).href,
      module: new URL('../index.ts', import.meta.url).href,
      body: body.toString(),
      data,
    },
  })
  try {
    const [result] = (await once(worker, 'message')) as [R]
    return result
  } finally {
    await worker.terminate()
  }
}

/** A word that threads of a test signal each other by. */
export function signal(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4))
}
