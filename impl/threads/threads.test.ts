import { describe, expect, it } from 'vitest'
import { type Entry, Vm, type VmShare } from '../index.js'
import { type Impl, inThread, signal } from './worker.fixture.js'

const K4 = 4096n
function set(id: number, base: number, npages: number, hva: number, flags = 0): Entry {
  return { do: 'set', id, gpa: BigInt(base) * K4, size: BigInt(npages) * K4, hva: BigInt(hva) * K4, flags }
}

/** A VM with a slot of four pages, whose first bytes are 1 where they are backed by page 100 and on, 2 from 200 on. */
function vmOf(vcpus: number) {
  const vm = new Vm({ patience: 120_000 }) // threads begin late on a busy machine
  for (let i = 0; i < 4; i++) {
    vm.poke({ hva: BigInt(100 + i) * K4, data: Uint8Array.of(1) })
    vm.poke({ hva: BigInt(200 + i) * K4, data: Uint8Array.of(2) })
  }
  vm.setBatch({ as: 0, flags: 0, resultSize: 0n, entries: [set(1, 0, 4, 100)] })
  for (let id = 0; id < vcpus; id++) vm.createVcpu(id)
  return vm
}

/** Holds the published set as vCPU 0 from signal 1 until signal 2, and a moment longer. */
const holding = ({ Vcpu }: Impl, { share, at }: { share: VmShare; at: Int32Array }) => {
  const vcpu = Vcpu.attach(share, 0)
  vcpu.enter()
  Atomics.store(at, 0, 1)
  Atomics.notify(at, 0)
  Atomics.wait(at, 0, 1, 60_000)
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30)
  const seen = vcpu.hostPageAt(0)
  vcpu.leave()
  return seen
}

/** As vCPU 1, waits until frame 0 is blocked for writes, and then accesses it. */
const meeting = (
  { Vcpu }: Impl,
  { share, at, writes }: { share: VmShare; at: Int32Array; writes: boolean },
) => {
  const vcpu = Vcpu.attach(share, 1)
  for (let blocked = false; !blocked; ) {
    vcpu.enter()
    blocked = vcpu.isBlocked(0, true)
    vcpu.leave()
  }
  const kept = vcpu.read({ gfn: 3, offset: 0, size: 1 })
  Atomics.store(at, 0, 2)
  Atomics.notify(at, 0)
  const a = { gfn: 0, offset: 0 }
  return [kept, writes ? vcpu.write({ ...a, data: Uint8Array.of(9) }) : vcpu.read({ ...a, size: 1 })]
}

/** Carries out a batch after signal 1. */
const updating = (
  { Vm }: Impl,
  { share, entries, at }: { share: VmShare; entries: Entry[]; at: Int32Array },
) => {
  const vm = Vm.attach(share)
  Atomics.wait(at, 0, 0)
  return vm.setBatch({ as: 0, flags: 0, resultSize: 0n, entries })
}

describe('an access that meets a blocked page', () => {
  it('waits for the new set, while the old one is drained and kept pages are not disturbed', async () => {
    const share = vmOf(2).share()
    const at = signal()
    const entries = [set(1, 0, 1, 200), set(2, 1, 3, 101)]
    const [held, met, updated] = await Promise.all([
      inThread(holding, { share, at }),
      inThread(meeting, { share, at, writes: false }),
      inThread(updating, { share, at, entries }),
    ])
    expect(held).toBe(100)
    expect(updated).toEqual({ generation: 6, retiredCount: 0 })
    expect(met).toEqual([
      { end: 'data', data: Uint8Array.of(1) },
      { end: 'data', data: Uint8Array.of(2) },
    ])
  })

  it('waits for the new set also with a write to a page that becomes read-only', async () => {
    const share = vmOf(2).share()
    const at = signal()
    const [, met] = await Promise.all([
      inThread(holding, { share, at }),
      inThread(meeting, { share, at, writes: true }),
      inThread(updating, { share, at, entries: [set(1, 0, 4, 100, 2)] }),
    ])
    expect(met[1]).toMatchObject({ end: 'mmio' })
  })
})

it('an access that is kicked while it waits is abandoned, and the update goes on', async () => {
  const vm = vmOf(2)
  const share = vm.share()
  const at = signal()
  const holder = vm.vcpu(0)
  holder.enter()
  Atomics.store(at, 0, 1)
  const update = inThread(updating, { share, at, entries: [set(1, 0, 4, 200)] })
  let isOver = false
  const met = inThread(meeting, { share, at, writes: true }).finally(() => {
    isOver = true
  })
  while (!isOver) {
    vm.kickVcpu(1)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  expect((await met)[1]).toEqual({ end: 'abandoned' })
  holder.leave()
  expect(await update).toMatchObject({ retiredCount: 0 })
})

it('a VM that is shared has room for every slot, up to the last frame', () => {
  const vm = new Vm({ maxGfn: 2 ** 52 - 1 })
  const other = Vm.attach(vm.share())
  // A slot that ends at 2^64 has an end that is no u64, and is refused as Linux does.
  const last = 2 ** 52 - 2
  const entries = Array.from({ length: 32_764 }, (_, id) => set(id, last - 2 * id, 1, id))
  expect(other.setBatch({ as: 0, flags: 0, resultSize: 0n, entries })).toMatchObject({ retiredCount: 0 })
  expect(vm.slots(0).length).toBe(32_764)
  for (const id of [0, 1, 77, 32_763]) expect(vm.slotAt(0, last - 2 * id)).toBe(id)
  expect([vm.slotAt(0, last - 1), vm.slotAt(1, last + 1)]).toEqual([-1, -1])
})

describe('calls of two threads', () => {
  it('come one after the other, and both threads see the effect of all in the end', async () => {
    const vm = vmOf(0)
    const share = vm.share()
    const creating = ({ Vm }: Impl, { share, first }: { share: VmShare; first: number }) => {
      const vm = Vm.attach(share)
      const region = { as: 0, size: 4096n, hva: 0n, flags: 1 }
      let failed = 0
      for (let id = first; id < first + 200; id++) {
        if ('errno' in vm.setRegion({ ...region, id, gpa: BigInt(id) * 8192n })) failed++
        if ('errno' in vm.getDirtyLog({ as: 0, id })) failed++
      }
      return failed
    }
    expect(
      await Promise.all([
        inThread(creating, { share, first: 1000 }),
        inThread(creating, { share, first: 3000 }),
      ]),
    ).toEqual([0, 0])
    expect([vm.slots(0).length, vm.swaps(0)]).toEqual([401, 401])
    expect(vm.slotAt(0, 3199 * 2)).toBe(3199)
  })
})
