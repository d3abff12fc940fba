import { describe, expect, it } from 'vitest'
import { limitsOf } from '../options.js'
import { Vm } from '../vm.js'
import { registers } from './guest.fixture.js'
import { Midway } from './midway.js'
import { DEFAULT_PROCESSOR } from './registers.js'

const K4 = 4096n
const frame = (gfn: number) => BigInt(gfn) << 12n
const OPEN = 0x67n

/**
 * A vCPU whose code straddles pages 5 and 6 of 4-level tables in frames 1 to 4, and an update between its lookups.
 */
const straddling = () => {
  const midway = new Midway()
  const vm = new Vm(midway.machine(limitsOf({})))
  vm.createVcpu(0)
  const place = (id: number, gfn: number, npages: number, hva: number) =>
    vm.setRegion({ as: 0, id, gpa: frame(gfn), size: frame(npages), hva: frame(hva), flags: 0 })
  place(0, 0, 5, 0x1000)
  place(1, 5, 1, 0x2000)
  place(2, 6, 1, 0x3000)
  const poke = (hva: number, offset: number, value: bigint) => {
    const data = new Uint8Array(8)
    new DataView(data.buffer).setBigUint64(0, value, true)
    vm.poke({ hva: frame(hva) + BigInt(offset), data })
  }
  for (const table of [1, 2, 3]) poke(0x1000 + table, 0, frame(table + 1) | OPEN)
  poke(0x1004, 0, frame(5) | OPEN)
  poke(0x1004, 8, frame(6) | OPEN)
  vm.poke({ hva: 0x2001n * K4 - 1n, data: Uint8Array.of(1) })
  vm.poke({ hva: 0x3000n * K4, data: Uint8Array.of(2) })
  vm.poke({ hva: 0x4000n * K4, data: Uint8Array.of(3) })
  const { linear } = vm.vcpu(0)
  linear.load(DEFAULT_PROCESSOR, registers('4-level', { cr3: frame(1) }))
  const fetch = () => linear.fetch(0xfffn, 2)
  return {
    vm,
    place,
    fetch,
    at: (after: number, change: () => unknown) => midway.during(linear.mmu, after, change, fetch),
    exchangeAt: (after: number, change: () => unknown, size: number) =>
      midway.during(linear.mmu, after, change, () =>
        linear.exchange(K4, new Uint8Array(size).fill(9), 'emulator', new Uint8Array(size).fill(7)),
      ),
  }
}
const data = (...bytes: number[]) => ({ end: 'data', data: Uint8Array.from(bytes) })

describe('a fetch of ten lookups', () => {
  const points = Array.from({ length: 12 }, (_, after) => after)

  it.each(points)('does not see a slot that is re-backed after %i of them; the next fetch does', after => {
    const { vm, fetch, at } = straddling()
    const entry = { do: 'set', id: 2, gpa: frame(6), size: K4, hva: frame(0x4000), flags: 0 } as const
    const move = () => vm.setBatch({ as: 0, flags: 0, resultSize: 0n, entries: [entry] })
    expect(at(after, move)).toEqual(data(1, 2))
    expect(fetch()).toEqual(data(1, 3))
  })

  it.each(points)(
    'does not see the removal of its slot, or of the slot of its tables, after %i of them',
    after => {
      for (const id of [0, 2]) {
        const { place, fetch, at } = straddling()
        expect(at(after, () => place(id, 0, 0, 0))).toEqual(data(1, 2))
        expect(fetch()).not.toEqual(data(1, 2))
      }
    },
  )

  it.each(points)(
    'does not see a move of its slot that fails after it has blocked, after %i of them',
    after => {
      for (const id of [0, 2]) {
        const { vm, fetch, at } = straddling()
        const [base, npages] = id === 0 ? [0, 5] : [6, 1]
        const hva = frame(0x1000 * (id + 1))
        const move = { as: 0, id, gpa: frame(base + 32), size: frame(npages), hva, flags: 0 }
        const generation = vm.generation(0)
        expect(at(after, () => vm.setRegion(move, { allocation: 'late' }))).toEqual(data(1, 2))
        expect(fetch()).toEqual(data(1, 2))
        expect(vm.generation(0)).toBe(generation + 4)
      }
    },
  )

  it.each(points)('does not see a slot that appears after %i of them', after => {
    const { place, fetch, at } = straddling()
    place(2, 6, 0, 0)
    const hole = fetch()
    expect(at(after, () => place(3, 6, 1, 0x4000))).toEqual(hole)
    expect(fetch()).toEqual(data(1, 3))
  })
})

describe('an exchange whose page appears while the VMM answers its load', () => {
  const exchanged = (size: number) => {
    const { place, exchangeAt } = straddling()
    place(2, 6, 0, 0)
    return exchangeAt(1, () => place(3, 6, 1, 0x4000), size)
  }
  const answers = (...bytes: number[]) => ({
    end: 'mmio',
    data: Uint8Array.from(bytes),
    exits: [{ size: bytes.length }],
  })

  it('is begun anew and answers what memory held, where it is compared', () => {
    expect(exchanged(1)).toMatchObject(answers(3))
    expect(exchanged(2)).toMatchObject(answers(3, 0))
  })

  it('answers what the VMM did where it is three bytes, and so a write', () => {
    expect(exchanged(3)).toMatchObject(answers(7, 7, 7))
  })
})
