import { parentPort, workerData } from 'node:worker_threads'
import { Vm, type VmShare } from '../../../impl/index.js'
import { batchOf, GO, type Phase, STOP } from './threads-world.js'

/** Commits batches at full rate between start and stop, in a thread of its own. */
const { share, signal } = workerData as { readonly share: VmShare; readonly signal: SharedArrayBuffer }
const word = new Int32Array(signal)
const vm = Vm.attach(share)
parentPort?.postMessage('there')

let phase: Phase = 0
for (let state = Atomics.load(word, 0); state !== STOP; state = Atomics.load(word, 0)) {
  if (state !== GO) Atomics.wait(word, 0, state)
  else {
    phase = phase === 0 ? 1 : 0
    vm.setBatch(batchOf(phase))
    Atomics.add(word, 1, 1)
  }
}
