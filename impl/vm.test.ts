import { describe, expect, it } from 'vitest'
import { randomFrom } from './base/random.fixture.js'
import { HARVEST, LOG, RO, Vm } from './index.js'

const K4 = 4096n

describe('a VM', () => {
  it('throws RangeError for values that no system call can carry, and for accesses beyond a page', () => {
    const vm = new Vm()
    vm.createVcpu(0)
    const region = { as: 0, id: 0, gpa: 0n, size: K4, hva: 0n, flags: 0 }
    const mistakes: (() => unknown)[] = [
      () => vm.setRegion({ ...region, as: -1 }),
      () => vm.setRegion({ ...region, id: 0.5 }),
      () => vm.setRegion({ ...region, gpa: 2n ** 64n }),
      () => vm.setRegion({ ...region, flags: 2 ** 32 }),
      () => vm.read({ vcpu: 0, gfn: 2 ** 52 + 1, offset: 0, size: 1 }),
      () => vm.read({ vcpu: 0, gfn: 0, offset: 4095, size: 2 }),
      () => vm.write({ vcpu: 0, gfn: 0, offset: 0, data: new Uint8Array(0) }),
      () => vm.walk({ vcpu: 0, gfn: 0, offset: 4089 }),
      () => vm.adUpdate({ vcpu: 0, gfn: 0, offset: 0, data: new Uint8Array(4) }),
      () => vm.read({ vcpu: 5, gfn: 0, offset: 0, size: 1 }),
      () => vm.generation(2),
      () => new Vm({ spaces: 0 }),
      () => new Vm({ internalIds: [3] }),
    ]
    for (const mistake of mistakes) expect(mistake, mistake.toString()).toThrow(RangeError)
  })

  it('finds no mapping at the last frame, and none in a space that is not there', () => {
    expect([new Vm().lookup(0, 2 ** 52), new Vm().lookup(9, 0)]).toEqual([null, null])
    expect(new Vm().slotAt(1, 2 ** 52)).toBe(-1)
    expect(() => new Vm().slotAt(9, 0)).toThrow(RangeError)
    expect(() => new Vm().slotAt(0, 0.5)).toThrow(RangeError)
  })

  it('looks up the mapping of a frame', () => {
    const vm = new Vm()
    vm.setRegion({ as: 1, id: 5, gpa: 8n * K4, size: 4n * K4, hva: 0x7ff0_0000_0000n, flags: LOG | RO })
    expect(vm.lookup(1, 10)).toEqual({ id: 5, page: 2, hva: 0x7ff0_0000_2000n, readonly: true, logged: true })
    expect([vm.lookup(1, 7), vm.lookup(1, 12), vm.lookup(0, 10)]).toEqual([null, null, null])
  })

  it('lists the frames that map a host range, by space and frame', () => {
    const vm = new Vm()
    const place = (as: number, id: number, gfn: bigint, hvaPage: bigint) =>
      vm.setRegion({ as, id, gpa: gfn * K4, size: 4n * K4, hva: hvaPage * K4, flags: 0 })
    place(1, 3, 0n, 100n)
    place(0, 2, 50n, 98n)
    place(0, 1, 60n, 97n)
    expect(vm.hvaRange({ hva: 101n * K4 - 1n, size: 2n })).toEqual([
      { as: 0, id: 2, gfn: 52, npages: 2 },
      { as: 0, id: 1, gfn: 63, npages: 1 },
      { as: 1, id: 3, gfn: 0, npages: 2 },
    ])
    expect(vm.hvaRange({ hva: 101n * K4, size: 0n })).toEqual([])
    expect(vm.hvaRange({ hva: 104n * K4, size: K4 })).toEqual([])
  })
})

/** A frame's host page and flags, as a plain array of frames says it. */
interface Cell {
  id: number
  hva: number
  flags: number
}

describe('a VM whose slots change one at a time', () => {
  it.each([1, 2, 3, 4, 5])('agrees with an array of frames, seed %i', seed => {
    const random = randomFrom(seed * 918_273)
    const vm = new Vm({ maxGfn: 39 })
    const slots = new Map<number, { base: number; npages: number; hva: number; flags: number }>()
    let swaps = 0
    for (let step = 0; step < 1500; step++) {
      const id = random(6)
      const old = slots.get(id)
      const keep = old && random(3) > 0
      const base = random(44)
      const npages = keep ? old.npages : random(8)
      const hva = keep ? old.hva : random(20)
      const flags = random(4)
      const outcome = vm.setRegion({
        as: 0,
        id,
        gpa: BigInt(base) * K4,
        size: BigInt(npages) * K4,
        hva: BigInt(hva) * K4,
        flags,
      })
      const wanted = { base, npages, hva, flags }
      const overlaps = [...slots].some(
        ([other, s]) => other !== id && s.base < base + npages && base < s.base + s.npages,
      )
      let errno: string | undefined
      if (npages === 0) {
        if (!old) errno = 'EINVAL'
        else {
          slots.delete(id)
          swaps += 2
        }
      } else if (old && (old.npages !== npages || old.hva !== hva || (old.flags ^ flags) & RO))
        errno = 'EINVAL'
      else if (old && old.base === base) {
        if (old.flags !== flags) swaps += 1
        slots.set(id, wanted)
      } else if (overlaps) errno = 'EEXIST'
      else {
        const beyond = base + npages > 40
        if (beyond) errno = 'EINVAL'
        else slots.set(id, wanted)
        swaps += old ? 2 : beyond ? 0 : 1
      }
      expect(outcome).toEqual(errno ? { errno } : { generation: swaps * 2 })
      const frames: (Cell | null)[] = new Array(45).fill(null)
      for (const [slot, s] of slots) {
        for (let i = 0; i < s.npages; i++) frames[s.base + i] = { id: slot, hva: s.hva + i, flags: s.flags }
      }
      const seen = frames.map((_, gfn) => {
        const found = vm.lookup(0, gfn)
        return (
          found && {
            id: found.id,
            hva: Number(found.hva / K4),
            flags: Number(found.logged) | (found.readonly ? RO : 0),
          }
        )
      })
      expect(seen).toEqual(frames)
      expect(vm.swaps(0)).toBe(swaps)
    }
  })
})

describe('the exports of impl', () => {
  it('give the flags the values of the ioctl', () => {
    expect([LOG, RO, HARVEST]).toEqual([1, 2, 1])
  })
})
