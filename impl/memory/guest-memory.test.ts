import { once } from 'node:events'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { Vm } from '../index.js'
import { GuestMemory, GuestMemoryFull } from './guest-memory.js'
import { EXTENT_PAGES, HostPages, MAX_PAGE_BYTES, MAX_UPPER_HALVES } from './host-pages.js'

const K4 = 4096n
const PAGE = 4096
const EXTENT = EXTENT_PAGES * PAGE
/** A page as user space has them: beyond 32 bits. */
const FAR = 0x7_f123_4560
const bytes = (...list: number[]) => Uint8Array.from(list)
const EIGHT = bytes(1, 2, 3, 4, 5, 6, 7, 8)

describe('guest memory', () => {
  it('reads as zero before it is written, and as it was written after', () => {
    const memory = new GuestMemory()
    expect(memory.read(FAR, 4088, 8)).toEqual(new Uint8Array(8))
    memory.write(FAR, 4088, EIGHT)
    expect(memory.read(FAR, 4088, 8)).toEqual(EIGHT)
    expect(memory.read(FAR, 4080, 8)).toEqual(new Uint8Array(8))
    expect(memory.read(FAR + 1, 4088, 8)).toEqual(new Uint8Array(8))
  })

  it('distinguishes pages that agree in their low bits, page 0 among them', () => {
    const memory = new GuestMemory()
    const pages = [0, 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40, 2 ** 51, 2 ** 52 - 1, 2 ** 31, 4, 8]
    for (const [i, page] of pages.entries()) memory.write(page, 0, bytes(i + 1))
    expect(pages.map(page => memory.read(page, 0, 1)[0])).toEqual(pages.map((_, i) => i + 1))
  })

  it('holds at every size and alignment what a plain array would', () => {
    const memory = new GuestMemory()
    const plain = new Uint8Array(PAGE)
    let state = 7
    const random = (n: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return (state >>> 8) % n
    }
    for (let i = 0; i < 4000; i++) {
      const size = 1 + random(17)
      const offset = random(PAGE - size)
      const data = Uint8Array.from({ length: size }, () => random(256))
      const before = plain.slice(offset, offset + size)
      if (random(2) === 0) memory.write(5, offset, data)
      else expect(memory.exchange(5, offset, data)).toEqual(before)
      plain.set(data, offset)
      expect(memory.read(5, offset, size)).toEqual(data)
    }
    expect(memory.read(5, 0, PAGE)).toEqual(plain)
  })

  it('keeps thousands of pages, wherever they lie, while it grows', () => {
    const memory = new GuestMemory(2 ** 30)
    const strides = [1, 4, 512, 2 ** 19]
    for (const stride of strides) {
      const first = FAR + 64 * stride
      for (let i = 0; i < 1000; i++) memory.write(first + i * stride, 0, bytes(i, i >> 8))
      for (let i = 0; i < 1000; i += 7) {
        expect(memory.read(first + i * stride, 0, 2)).toEqual(bytes(i, i >> 8))
      }
    }
  })

  it('keeps pages with 63 different upper halves, and refuses one more', () => {
    const memory = new GuestMemory()
    const pages = Array.from({ length: MAX_UPPER_HALVES }, (_, i) => i * 2 ** 33)
    for (const [i, page] of pages.entries()) memory.write(page, 0, bytes(i + 1))
    expect(pages.map(page => memory.read(page, 0, 1)[0])).toEqual(pages.map((_, i) => i + 1))
    expect(memory.make(MAX_UPPER_HALVES * 2 ** 33)).toBe(false)
    expect(memory.read(MAX_UPPER_HALVES * 2 ** 33, 0, 1)).toEqual(bytes(0))
  })

  it('refuses, before anything changed, what it has no room for', () => {
    const memory = new GuestMemory(2 * EXTENT)
    memory.poke(0n, Uint8Array.of(1))
    const last = BigInt(2 * EXTENT) - 1n
    expect(() => memory.poke(last, new Uint8Array(PAGE).fill(9))).toThrow(GuestMemoryFull)
    expect(memory.peek(last, 1)).toEqual(bytes(0))
    expect([memory.make(2 * EXTENT_PAGES), memory.make(EXTENT_PAGES)]).toEqual([false, true])
    expect(memory.read(2 * EXTENT_PAGES, 0, 1)).toEqual(bytes(0))
  })

  it('throws for a limit outside its range', () => {
    for (const limit of [0, EXTENT - 1, EXTENT + PAGE, MAX_PAGE_BYTES + EXTENT, Number.NaN]) {
      expect(() => new GuestMemory(limit)).toThrow(RangeError)
    }
    expect(new GuestMemory(MAX_PAGE_BYTES).pages.limit).toBe(MAX_PAGE_BYTES)
    expect(new GuestMemory(EXTENT).pages.limit).toBe(EXTENT)
  })

  it('is the same memory where it is attached, also after it has grown elsewhere', () => {
    const memory = new GuestMemory()
    const other = GuestMemory.attach(memory.handle())
    expect(other.limit).toBe(memory.limit)
    for (let i = 0; i < 500; i++) memory.write(FAR + i, 0, bytes(i))
    expect(other.read(FAR + 499, 0, 1)).toEqual(bytes(499))
    other.write(1, 0, bytes(3))
    expect(memory.read(1, 0, 1)).toEqual(bytes(3))
  })

  it('takes no memory before it is written', () => {
    const create = vi.spyOn(HostPages, 'create')
    const vm = new Vm()
    expect(vm.peek({ hva: 0n, size: 8 })).toEqual(new Uint8Array(8))
    expect(create).not.toHaveBeenCalled()
    vm.poke({ hva: 0n, data: EIGHT })
    expect(create).toHaveBeenCalledOnce()
    create.mockRestore()
  })
})

describe('a guest whose host has no memory left', () => {
  it('faults on writes to new pages, which mark nothing, and goes on reading', () => {
    const vm = new Vm({ memoryLimit: EXTENT })
    vm.createVcpu(0)
    vm.setRegion({ as: 0, id: 1, gpa: 0n, size: 2n * K4, hva: BigInt(EXTENT) - K4, flags: 1 })
    const at = { vcpu: 0, offset: 0 }
    expect(vm.write({ ...at, gfn: 0, data: EIGHT })).toEqual({ end: 'data' })
    const full = { end: 'fault', errno: 'ENOMEM' }
    expect(vm.write({ ...at, gfn: 1, data: EIGHT })).toEqual(full)
    expect(vm.rmw({ ...at, gfn: 1, data: EIGHT })).toEqual(full)
    expect(vm.adUpdate({ ...at, gfn: 1, data: EIGHT })).toEqual(full)
    expect(vm.read({ ...at, gfn: 1, size: 1 })).toEqual({ end: 'data', data: bytes(0) })
    expect(vm.getDirtyLog({ as: 0, id: 1 })).toMatchObject({ pages: [[0, 1]] })
  })
})

/** Claims the same pages at the same moments as another thread, and counts itself in on every page. */
const COUNTING = `
  const { workerData, parentPort } = require('node:worker_threads')
  import(workerData.loader).then(({ register }) => register()).then(() => import(workerData.module)).then(({ HostPages }) => {
    const pages = new HostPages(workerData.handle)
    const { met, idle, count } = workerData
    for (let i = 0; i < count; i++) {
      Atomics.add(met, 0, 1)
      // On one processor the other comes only while this one sleeps.
      for (let looks = 1; Atomics.load(met, 0) < 2 * i + 2; looks++) if (looks % 10000 === 0) Atomics.wait(idle, 0, 0, 0.1)
      const place = pages.claim(workerData.first + 64 * i)
      Atomics.add(pages.words, place >> 2, 1)
    }
    parentPort.postMessage('done')
  })
`

describe('host pages', () => {
  it('are made once, whichever thread is first, and are found by every thread', async () => {
    const count = 1000
    const pages = HostPages.create(2 ** 29)
    const [met, idle] = [1, 2].map(() => new Int32Array(new SharedArrayBuffer(4)))
    const module = new URL('./host-pages.ts', import.meta.url).href
    const tsx = createRequire(import.meta.url).resolve('tsx/package.json')
    const loader = new URL('dist/esm/api/index.mjs', pathToFileURL(tsx)).href
    const workers = [1, 2].map(
      () =>
        new Worker(COUNTING, {
          eval: true,
          workerData: { handle: pages.handle, met, idle, count, first: FAR, module, loader },
        }),
    )
    await Promise.all(workers.map(worker => once(worker, 'message')))
    await Promise.all(workers.map(worker => worker.terminate()))
    const counted = Array.from({ length: count }, (_, i) => {
      const place = pages.find(FAR + 64 * i)
      return pages.words[place >> 2]
    })
    expect(new Set(counted)).toEqual(new Set([2]))
    expect(pages.size).toBeGreaterThanOrEqual(count * EXTENT)
    expect(pages.size).toBeLessThanOrEqual((count + 2) * EXTENT)
  })
})
