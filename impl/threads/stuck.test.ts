import { describe, expect, it } from 'vitest'
import {
  type BatchOutcome,
  type Entry,
  LOG,
  StuckCall,
  StuckReader,
  StuckUpdate,
  TooManyReaders,
  VcpuTaken,
  Vm,
} from '../index.js'
import { Machine } from '../machine.js'
import { limitsOf } from '../options.js'
import { block, PROTOCOL, type Step } from '../update/protocol.js'
import { WAITING } from './control.js'

const K4 = 4096n
function set(id: number, base: number, npages: number, hva: number, flags = 0): Entry {
  return { do: 'set', id, gpa: BigInt(base) * K4, size: BigInt(npages) * K4, hva: BigInt(hva) * K4, flags }
}
function removed(id: number): Entry {
  return { do: 'remove', id, gpa: 0n, size: 0n, hva: 0n, flags: 0 }
}

/** A VM with a patience of 20 ms, a logged slot of two pages, and vCPU 0. */
function vmOf() {
  const vm = new Vm({ patience: 20 })
  const batch = (...entries: Entry[]): BatchOutcome =>
    vm.setBatch({ as: 0, flags: 0, resultSize: 1000n, entries })
  batch(set(1, 0, 2, 100, LOG))
  vm.createVcpu(0)
  return { vm, batch, vcpu: vm.vcpu(0) }
}
const byte = { gfn: 0, offset: 0, data: Uint8Array.of(7) }
const stuck = (waiting: string) => expect.objectContaining({ name: 'StuckReader', vcpu: 0, waiting })
function thrown(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return 'nothing'
}

describe('a vCPU that holds the old set beyond the patience of the VM', () => {
  it('makes an update that owes pages fail and change nothing but the generation', () => {
    const { vm, batch, vcpu } = vmOf()
    vcpu.write(byte)
    const before = vm.slots(0)
    vcpu.enter()
    expect(thrown(() => batch(set(1, 0, 2, 200, LOG), set(2, 8, 1, 300)))).toEqual(stuck('block'))
    expect([vm.slots(0), vm.swaps(0)]).toEqual([before, 3])
    expect(vcpu.isBlocked(0, true)).toBe(false)
    vcpu.leave()
    expect(vcpu.read({ gfn: 0, offset: 0, size: 1 })).toEqual({ end: 'data', data: byte.data })
    expect(vm.getDirtyLog({ as: 0, id: 1 })).toMatchObject({ pages: [[0, 1]] })
    expect(batch(set(1, 0, 2, 200, LOG))).toMatchObject({ retired: [] })
  })

  it('leaves an update that owes nothing published, and its rest to the next call', () => {
    const { vm, batch, vcpu } = vmOf()
    vcpu.enter()
    expect(thrown(() => batch(set(2, 8, 1, 300)))).toEqual(stuck('publish'))
    expect(vcpu.slotAt(8)).toBe(-1)
    expect(thrown(() => vm.slots(0))).toEqual(stuck('publish'))
    vcpu.leave()
    vcpu.enter()
    expect(vcpu.slotAt(8)).toBe(2)
    vcpu.leave()
    expect(vm.slots(0).map(slot => slot.id)).toEqual([1, 2])
    expect(batch(removed(2))).toMatchObject({ retired: [] })
    expect(vm.slots(0).map(slot => slot.id)).toEqual([1])
  })

  it('is waited for when it carries logs, so that no mark is lost', () => {
    const { vm, batch, vcpu } = vmOf()
    const split = [set(1, 0, 1, 100, LOG), set(2, 1, 1, 101, LOG)]
    vcpu.write(byte)
    vcpu.enter()
    expect(thrown(() => batch(...split))).toEqual(stuck('publish'))
    vcpu.leave()
    expect(vm.getDirtyLog({ as: 0, id: 1 })).toMatchObject({ pages: [[0, 1]] })
  })

  it('makes an update fail and change nothing even if another vCPU holds the blocked set as long', () => {
    const holdBlocked: Step = (_, { owed }) => {
      if (owed.length > 0) vm.vcpu(1).enter()
    }
    const protocol = PROTOCOL.flatMap(step => (step === block ? [block, holdBlocked] : [step]))
    const vm = new Vm(Machine.create(limitsOf({ patience: 20 }), undefined, protocol))
    for (const id of [0, 1]) vm.createVcpu(id)
    vm.setRegion({ as: 0, id: 1, gpa: 0n, size: 2n * K4, hva: 100n * K4, flags: LOG })
    const before = vm.slots(0)
    vm.vcpu(0).enter()
    const moved = { as: 0, flags: 0, resultSize: 1000n, entries: [set(1, 0, 2, 200, LOG)] }
    expect(thrown(() => vm.setBatch(moved))).toMatchObject({ name: 'StuckReader', vcpu: 1, waiting: 'block' })
    for (const id of [0, 1]) vm.vcpu(id).leave()
    expect([vm.slots(0), vm.swaps(0)]).toEqual([before, 3])
    expect(vm.write({ ...byte, vcpu: 0 })).toEqual({ end: 'data' })
  })

  it('can be released when its worker has ended', () => {
    const { vm, batch, vcpu } = vmOf()
    vcpu.enter()
    expect(thrown(() => batch(removed(1)))).toEqual(stuck('block'))
    vm.releaseVcpu(0)
    expect(batch(removed(1))).toMatchObject({ retired: [] })
    expect(vm.vcpu(0).read({ gfn: 0, offset: 0, size: 1 })).toMatchObject({ end: 'mmio' })
  })
})

describe('an access that has yet to have its turn', () => {
  /** A machine in which vCPU 0 met a blocked page and never looks up again. */
  const waiting = () => {
    const machine = Machine.create(limitsOf({ patience: 20 }))
    const vm = new Vm(machine)
    vm.createVcpu(0)
    const call = { as: 0, flags: 0, resultSize: 0n }
    vm.setBatch({ ...call, entries: [set(1, 0, 2, 100, LOG)] })
    vm.share()
    const { control } = machine
    Atomics.store(control.words, control.readerAt(control.vcpuReader(0)) + WAITING, 1)
    return { vm, redirect: () => vm.setBatch({ ...call, entries: [set(1, 0, 2, 200, LOG)] }) }
  }

  it('is waited for before anything is blocked, and the update fails after its patience: nothing has happened', () => {
    const { vm, redirect } = waiting()
    const before = [vm.slots(0), vm.swaps(0)]
    expect(thrown(redirect)).toEqual(stuck('turn'))
    expect([vm.slots(0), vm.swaps(0)]).toEqual(before)
    expect('errno' in vm.setRegion({ as: 0, id: 2, gpa: 8n * K4, size: K4, hva: 0n, flags: 0 })).toBe(false)
    vm.releaseVcpu(0)
    expect(redirect()).toMatchObject({ retiredCount: 0 })
  })

  it('is waited for until the update is interrupted: EINTR, and nothing has happened', () => {
    const { vm, redirect } = waiting()
    const before = [vm.slots(0), vm.swaps(0)]
    vm.interrupt()
    expect(redirect()).toEqual({ errno: 'EINTR', index: -1 })
    expect([vm.slots(0), vm.swaps(0)]).toEqual(before)
  })
})

describe('a harvest of a log', () => {
  it('that cannot wait for an access in flight fails, and its pages are still dirty', () => {
    const { vm, vcpu } = vmOf()
    vcpu.write(byte)
    const clear = { as: 0, id: 1, first: 0n, count: 2, pages: [[0, 1]] as [number, number][] }
    vcpu.enter()
    expect(thrown(() => vm.getDirtyLog({ as: 0, id: 1 }))).toEqual(stuck('harvest'))
    expect(thrown(() => vm.clearDirtyLog(clear))).toEqual(stuck('harvest'))
    vcpu.leave()
    expect(vm.getDirtyLog({ as: 0, id: 1 })).toMatchObject({ pages: [[0, 1]] })
  })
})

describe('a section of lookups', () => {
  it('ends when a lookup throws for a number that is no frame', () => {
    const { vcpu, batch } = vmOf()
    for (const gfn of [-1, 0.5, Number.NaN, 2 ** 52 + 1]) {
      vcpu.enter()
      expect(() => vcpu.slotAt(gfn)).toThrow(RangeError)
      expect(() => vcpu.hostPageAt(gfn)).toThrow(RangeError)
      expect(() => vcpu.isBlocked(gfn, true)).toThrow(RangeError)
    }
    expect(batch(removed(1))).toMatchObject({ retired: [] })
  })
})

describe('a vCPU', () => {
  it('is claimed once, and there are as many as were made', () => {
    const { vm } = vmOf()
    const other = Vm.attach(vm.share())
    expect(() => other.vcpu(0)).toThrow(VcpuTaken)
    expect(() => other.vcpu(1)).toThrow(RangeError)
    vm.close()
    expect(other.vcpu(0).read({ gfn: 0, offset: 0, size: 1 })).toMatchObject({ end: 'data' })
    other.close()
  })

  it('can be made among any number of others', () => {
    const vm = new Vm()
    for (let id = 0; id < 300; id++) expect(vm.createVcpu(id)).toEqual({ generation: 0 })
    vm.setVcpu({ vcpu: 299, as: 1 })
    const other = Vm.attach(vm.share())
    for (let id = 300; id < 900; id++) expect(other.createVcpu(id)).toEqual({ generation: 0 })
    expect(vm.createVcpu(899)).toEqual({ errno: 'EEXIST' })
    expect([vm.rsm(299), vm.rsm(298)]).toEqual([{ generation: 0 }, { errno: 'EINVAL' }])
  })
})

it('the errors of a wait that ends name the vCPU or the frame, and the patience', () => {
  expect([new StuckReader(3, 8, 'turn', 5).message, new StuckReader(null, 8, 'publish', 5).message]).toEqual([
    'vCPU 3 of thread 8 has not taken its turn in 5 ms',
    'thread 8 has not let go of the set it holds in 5 ms',
  ])
  expect(new StuckCall(8, 5).message).toBe('thread 8 has been in a call of this VM for 5 ms')
  expect(new StuckUpdate(9, 5).message).toBe('frame 9 has been blocked by an update for 5 ms')
  expect(new TooManyReaders()).toBeInstanceOf(RangeError)
})
