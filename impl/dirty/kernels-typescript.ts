import { popcount } from './bit-words.js'
import type { Kernels } from './kernels.js'

/** The kernels without WebAssembly, for tests that compare the two. */
export const typescriptKernels = (view: () => Int32Array): Kernels => ({
  harvest(source, target, words) {
    const memory = view()
    let some = 0
    for (let i = 0; i < words; i++) {
      let word = memory[source + i]!
      if (word !== 0) word = Atomics.exchange(memory, source + i, 0)
      memory[target + i] = word
      some |= word
    }
    return some
  },

  fill(at, words, on) {
    view().fill(on ? -1 : 0, at, at + words)
  },

  copyShifted(source, shift, target, words) {
    const memory = view()
    if (shift === 0) memory.copyWithin(target, source, source + words)
    else for (let i = 0; i < words; i++) memory[target + i] = shifted(memory, source + i, shift)
  },

  orShifted(source, shift, target, words) {
    const memory = view()
    for (let i = 0; i < words; i++) {
      const bits = shift === 0 ? memory[source + i]! : shifted(memory, source + i, shift)
      if ((bits & ~memory[target + i]!) !== 0) Atomics.or(memory, target + i, bits)
    }
  },

  count(at, words) {
    const memory = view()
    let total = 0
    for (let i = 0; i < words; i++) total += popcount(memory[at + i]!)
    return total
  },

  zeroes(at, words) {
    const memory = view()
    let i = 0
    while (i < words && memory[at + i] === 0) i++
    return i
  },
})

/** The 32 bits from bit `shift`, 1..31, of the word on. */
function shifted(memory: Int32Array, at: number, shift: number): number {
  return (memory[at]! >>> shift) | (memory[at + 1]! << (32 - shift))
}
