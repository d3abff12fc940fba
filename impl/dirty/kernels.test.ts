import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import wabt from 'wabt'
import { randomFrom } from '../base/random.fixture.js'
import type { Kernels } from './kernels.js'
import { KERNELS } from './kernels-bytes.js'
import { typescriptKernels } from './kernels-typescript.js'
import { wasmKernels } from './kernels-wasm.js'
import { makeSharedMemory } from './web-assembly.js'

const SOURCE = new URL('kernels.wat', import.meta.url)
const BYTES = new URL('kernels-bytes.ts', import.meta.url)

async function assembled(): Promise<string> {
  const parsed = (await wabt()).parseWat('kernels.wat', readFileSync(SOURCE), {
    threads: true,
    simd: true,
    bulk_memory: true,
  })
  return Buffer.from(parsed.toBinary({}).buffer).toString('base64')
}

it('the bytes of the kernels are what their source assembles to', async () => {
  const bytes = await assembled()
  if (process.env.UPDATE_KERNELS) {
    const text = readFileSync(BYTES, 'utf8')
    writeFileSync(BYTES, text.replace(/'[^']*'/, `'${bytes}'`))
  } else expect(KERNELS, 'impl/dirty/kernels-bytes.ts is stale: npm run kernels').toBe(bytes)
})

/** Both kinds of kernels over equal memories: what one answers and leaves must be what the other does. */
function twins(seed: number) {
  const random = randomFrom(seed)
  const memories = [makeSharedMemory(1, 1), makeSharedMemory(1, 1)] as const
  const views = memories.map(({ buffer }) => new Int32Array(buffer))
  const kinds: readonly Kernels[] = [wasmKernels(memories[0]), typescriptKernels(() => views[1]!)]
  const scatter = () => {
    const density = random(4)
    for (let i = 0; i < 16_384; i++) {
      const word = density === 0 || random(4) >= density ? 0 : density === 3 ? -1 : random(2 ** 32) | 0
      for (const view of views) view[i] = word
    }
  }
  const agree = (act: (kernels: Kernels) => unknown) => {
    const [one, other] = kinds.map(act)
    expect(one).toEqual(other)
    // Node compares bytes a thousand times faster than `toEqual` does.
    expect(Buffer.from(memories[0].buffer).equals(Buffer.from(memories[1].buffer))).toBe(true)
  }
  return { random, scatter, agree, views }
}

describe('the kernels in WebAssembly and in TypeScript agree', () => {
  it.each([1, 2, 3])('in harvesting, seed %i', seed => {
    const { random, scatter, agree } = twins(seed * 99_991)
    for (let round = 0; round < 60; round++) {
      scatter()
      const [source, target, words] = [2 * random(1000), 4096 + 2 * random(1000), 8 * random(200)]
      agree(kernels => kernels.harvest(source, target, words) !== 0)
    }
  })

  it('in copying and ORing at every shift, and at every alignment of both sides', () => {
    const { random, scatter, agree } = twins(4242)
    for (let shift = 0; shift < 32; shift++) {
      scatter()
      for (const words of [0, 1, 2, 9, 10, 11, 12, 18, 19, 31, 100 + random(300)]) {
        const [source, target] = [random(64), 4096 + random(64)]
        agree(kernels => kernels.copyShifted(source, shift, target, words))
        agree(kernels => kernels.orShifted(source, shift, target + 2048 + (words & 1), words))
      }
    }
  })

  it('in counting, and in finding the first word that is not zero', () => {
    const { random, scatter, agree, views } = twins(777)
    for (let round = 0; round < 200; round++) {
      if (round % 20 === 0) scatter()
      const [at, words] = [random(5000), random(round % 2 === 0 ? 40 : 3000)]
      agree(kernels => kernels.count(at, words))
      agree(kernels => kernels.zeroes(at, words))
      agree(kernels => kernels.fill(at, words, false))
      expect(views[0]!.subarray(at, at + words).every(word => word === 0)).toBe(true)
      const ones = random(20)
      agree(kernels => kernels.fill(at + words + 7, ones, true))
      agree(kernels => kernels.zeroes(at, words + 3))
    }
  })

  it('at the very end of the memory, without a step beyond it', () => {
    const { scatter, agree } = twins(31)
    for (let round = 0; round < 20; round++) {
      scatter()
      agree(kernels => kernels.copyShifted(16_384 - 101, 31 - round, 0, 100))
      agree(kernels => kernels.copyShifted(0, 5, 16_384 - 100, 100))
      agree(kernels => kernels.orShifted(16_384 - 13, 7, 0, 12))
      agree(kernels => kernels.copyShifted(16_384 - 13, 0, 100, 13))
      agree(kernels => kernels.harvest(16_384 - 64, 64, 64) !== 0)
      agree(kernels => kernels.zeroes(16_384 - 64 + (round % 16), 64 - (round % 16)))
      agree(kernels => kernels.count(16_384 - 37, 37))
    }
  })
})
