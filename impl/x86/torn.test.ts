import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, it } from 'vitest'
import { guest, OPEN, registers, walked } from './guest.fixture.js'
import { READ } from './regime.js'

const frame = (gfn: number) => BigInt(gfn) << 12n
/** Both halves of these differ. */
const ONE = frame(0x12345) | OPEN
const OTHER = frame(0x1_6543_21ab) | OPEN

/** Another vCPU of the guest, which writes one entry and the other by turns until it is stopped. */
const WRITER = `
  const { workerData, parentPort } = require('node:worker_threads')
  const { buffer, at, one, other, stop } = workerData
  const quads = new BigInt64Array(buffer, 0, at + 1)
  parentPort.postMessage('begun')
  while (Atomics.load(stop, 0) === 0) {
    Atomics.store(quads, at, one)
    Atomics.store(quads, at, other)
  }
`

it('no walk sees half of an entry that another thread replaces', async () => {
  const g = guest()
  for (const table of [1, 2, 3]) g.poke(table, 0, frame(table + 1) | OPEN)
  g.poke(4, 0, ONE)
  g.vm.share()
  const mmu = g.mmu(registers('4-level', { cr3: frame(1) }))
  const place = mmu.pages.find(g.hostPage(4))
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const { buffer } = mmu.pages.handle
  const worker = new Worker(WRITER, {
    eval: true,
    workerData: { buffer, at: place >> 3, one: ONE, other: OTHER, stop },
  })
  await once(worker, 'message')
  /** So many walks, and as many more as it takes to meet both entries: on one processor the writer has its turns rarely. */
  const see = (walks: number) => {
    const seen = new Set<number>()
    const longest = performance.now() + 60_000
    for (let i = 0; i < walks || (seen.size < 2 && performance.now() < longest); i++) {
      const end = walked(mmu, 0n, READ)
      seen.add('gfn' in end ? end.gfn : -1)
    }
    return [...seen].sort((a, b) => a - b)
  }
  const plainly = see(100_000)
  mmu.beforeLookUp = () => {}
  const lookedUp = see(100_000)
  Atomics.store(stop, 0, 1)
  await worker.terminate()
  expect([plainly, lookedUp]).toEqual([
    [0x12345, 0x1_6543_21ab],
    [0x12345, 0x1_6543_21ab],
  ])
})
