import { beforeEach, describe, expect, it } from 'vitest'
import { LOG, RO, Vm } from '../index.js'

const K4 = 4096n
const [RAM, ROM, HOLE, ALIAS, INTERNAL] = [0x10, 0x20, 0x30, 0x40, 0x50]
const EIGHT = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
let vm: Vm

/** RAM and ALIAS share host pages; RAM, ROM and ALIAS have logs; INTERNAL is a slot of KVM's own. */
beforeEach(() => {
  vm = new Vm({ internalIds: [40_000] })
  vm.createVcpu(0)
  const place = (id: number, gfn: number, hva: bigint, flags: number) =>
    vm.setRegion({ as: 0, id, gpa: BigInt(gfn) * K4, size: 2n * K4, hva, flags })
  place(1, RAM, 0x10000n, LOG)
  place(2, ROM, 0x20000n, LOG | RO)
  place(3, ALIAS, 0x11000n, LOG)
  vm.internalSlot({ id: 40_000, gpa: BigInt(INTERNAL) * K4, size: K4, hva: 0x30000n })
})

const at = (gfn: number) => ({ vcpu: 0, gfn, offset: 8 })
const dirty = (id: number) => vm.getDirtyLog({ as: 0, id })
const bytes = (gfn: number) => vm.read({ ...at(gfn), size: 8 })
const zeros = { end: 'data', data: new Uint8Array(8) }

describe('a data access', () => {
  it('reads zero before anything is written, and MMIO from a hole', () => {
    expect(bytes(RAM)).toEqual(zeros)
    expect(bytes(HOLE)).toMatchObject({ end: 'mmio' })
    expect(bytes(INTERNAL)).toEqual(zeros)
  })

  it('writes through every alias, and marks only the slot written through', () => {
    expect(vm.write({ ...at(RAM + 1), data: EIGHT })).toEqual({ end: 'data' })
    expect(bytes(ALIAS)).toEqual({ end: 'data', data: EIGHT })
    expect(dirty(1)).toMatchObject({ pages: [[1, 1]] })
    expect(dirty(3)).toMatchObject({ pages: [] })
  })

  it('ends as MMIO on a write to a read-only slot or a hole, and writes and marks nothing', () => {
    for (const gfn of [ROM, HOLE]) {
      expect(vm.write({ ...at(gfn), data: EIGHT })).toMatchObject({ end: 'mmio' })
      expect(vm.rmw({ ...at(gfn), data: EIGHT })).toMatchObject({ end: 'mmio' })
    }
    expect(bytes(ROM)).toEqual(zeros)
    expect(dirty(2)).toMatchObject({ pages: [] })
  })

  it('that is a read-modify-write exchanges the bytes and marks the page', () => {
    expect(vm.rmw({ ...at(RAM), data: EIGHT })).toEqual(zeros)
    expect(vm.rmw({ ...at(RAM), data: new Uint8Array(8) })).toEqual({ end: 'data', data: EIGHT })
    expect(dirty(1)).toMatchObject({ pages: [[0, 1]] })
  })

  it('copies the buffers that it is given and that it returns', () => {
    const data = EIGHT.slice()
    vm.write({ ...at(RAM), data })
    data.fill(9)
    const read = bytes(RAM)
    if (read.end === 'data') read.data!.fill(7)
    expect(bytes(RAM)).toEqual({ end: 'data', data: EIGHT })
  })
})

describe('a fetch', () => {
  it('reads any slot and exits from a hole', () => {
    for (const gfn of [RAM, ROM, INTERNAL]) expect(vm.fetch({ ...at(gfn), size: 8 })).toEqual(zeros)
    expect(vm.fetch({ ...at(HOLE), size: 1 })).toEqual({ end: 'exit' })
  })
})

describe('the page walk', () => {
  it('sees user slots only', () => {
    expect([RAM, ROM].map(gfn => vm.walk(at(gfn)))).toEqual([zeros, zeros])
    expect([HOLE, INTERNAL].map(gfn => vm.walk(at(gfn)))).toEqual([{ end: 'fault' }, { end: 'fault' }])
  })

  it('updates entries and marks them, but skips read-only tables', () => {
    expect(vm.adUpdate({ ...at(RAM), data: EIGHT })).toEqual({ end: 'data' })
    expect(vm.adUpdate({ ...at(ROM), data: EIGHT })).toEqual({ end: 'data' })
    expect([bytes(RAM), bytes(ROM)]).toEqual([{ end: 'data', data: EIGHT }, zeros])
    expect([dirty(1), dirty(2)]).toMatchObject([{ pages: [[0, 1]] }, { pages: [] }])
    for (const gfn of [HOLE, INTERNAL])
      expect(vm.adUpdate({ ...at(gfn), data: EIGHT })).toEqual({ end: 'fault' })
  })
})

describe("KVM's own access", () => {
  it('reads and writes space 0 with marks, and faults on holes and on writes to read-only slots', () => {
    const write = (gfn: number) => vm.kernelAccess({ write: true, gfn, offset: 0, data: EIGHT })
    const read = (gfn: number) => vm.kernelAccess({ write: false, gfn, offset: 0, size: 8 })
    const fault = { end: 'fault', errno: 'EFAULT' }
    expect([write(RAM), write(INTERNAL), write(ROM), write(HOLE)]).toEqual([
      { end: 'data' },
      { end: 'data' },
      fault,
      fault,
    ])
    expect([read(RAM), read(ROM), read(HOLE)]).toEqual([{ end: 'data', data: EIGHT }, zeros, fault])
    expect(dirty(1)).toMatchObject({ pages: [[0, 1]] })
  })
})

describe('an access of KVM through a cached hva', () => {
  it('asks for a writable page even to read', () => {
    const read = (gfn: number) => vm.kernelAccess({ write: false, gfn, offset: 0, size: 8, cached: true })
    const fault = { end: 'fault', errno: 'EFAULT' }
    expect([read(RAM), read(INTERNAL), read(ROM), read(HOLE)]).toEqual([zeros, zeros, fault, fault])
  })
})

describe('the host’s own access', () => {
  it('reads and writes across pages and marks nothing', () => {
    vm.poke({ hva: 0x11ffcn, data: EIGHT })
    expect(vm.peek({ hva: 0x11ffcn, size: 8 })).toEqual(EIGHT)
    expect(vm.read({ vcpu: 0, gfn: ALIAS + 1, offset: 0, size: 4 })).toEqual({
      end: 'data',
      data: EIGHT.slice(4),
    })
    expect(dirty(1)).toMatchObject({ pages: [] })
  })
})

describe('a vCPU', () => {
  it('sees space 1 in SMM, with no fallback to space 0', () => {
    vm.setRegion({ as: 1, id: 1, gpa: BigInt(HOLE) * K4, size: K4, hva: 0x50000n, flags: LOG })
    expect(vm.rsm(0)).toEqual({ errno: 'EINVAL' })
    expect(vm.enterSmm(0)).toEqual({ generation: 5 })
    expect(vm.enterSmm(0)).toEqual({ errno: 'EINVAL' })
    expect(bytes(RAM)).toMatchObject({ end: 'mmio' })
    vm.write({ ...at(HOLE), data: EIGHT })
    expect(vm.getDirtyLog({ as: 1, id: 1 })).toMatchObject({ pages: [[0, 1]] })
    expect(dirty(1)).toMatchObject({ pages: [] })
    vm.rsm(0)
    expect(bytes(RAM)).toEqual(zeros)
  })

  it('is made once, and SMI, RSM and setVcpu of one that is not there fail with ENOENT', () => {
    expect(vm.createVcpu(0)).toEqual({ errno: 'EEXIST' })
    expect(vm.enterSmm(7)).toEqual({ errno: 'ENOENT' })
    expect(vm.setVcpu({ vcpu: 7, as: 0 })).toEqual({ errno: 'ENOENT' })
    expect(vm.setVcpu({ vcpu: 0, as: 2 })).toEqual({ errno: 'EINVAL' })
    const single = new Vm({ spaces: 1 })
    single.createVcpu(0)
    expect(single.enterSmm(0)).toEqual({ errno: 'EINVAL' })
  })
})
