import type { Kernels } from './kernels.js'
import { KERNELS } from './kernels-bytes.js'
import { compile, instantiate, type SharedMemory } from './web-assembly.js'

let compiled: object | undefined

/** The kernels in WebAssembly, which need no new view when the memory grows. */
export const wasmKernels = (memory: SharedMemory): Kernels => {
  compiled ??= compile(Uint8Array.from(atob(KERNELS), character => character.charCodeAt(0)))
  return instantiate(compiled, { arena: { memory } }) as Kernels
}
