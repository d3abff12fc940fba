import { parentPort, workerData } from 'node:worker_threads'
import { Vcpu, type VmShare } from '../../../../impl/index.js'
import { IDLE, PAGES_WRITTEN, pageOf, STOP } from './split-world.js'

/** Writes to one page after the other between start and stop, in a thread of its own. Word 1 of the signal counts the rounds. */
const { share, signal } = workerData as { readonly share: VmShare; readonly signal: SharedArrayBuffer }
const word = new Int32Array(signal)
const vcpu = Vcpu.attach(share, 0)
const data = new Uint8Array(8).fill(1)
parentPort?.postMessage('there')

for (let state = Atomics.load(word, 0); state !== STOP; state = Atomics.load(word, 0)) {
  if (state === IDLE) Atomics.wait(word, 0, state)
  else {
    for (let i = 0; i < PAGES_WRITTEN; i++) vcpu.write({ gfn: pageOf(i), offset: 0, data })
    Atomics.add(word, 1, 1)
    Atomics.notify(word, 1)
  }
}
