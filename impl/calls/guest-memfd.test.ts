import { describe, expect, it } from 'vitest'
import { GUEST_MEMFD, Vm, type VmOptions } from '../index.js'
import type { MemfdField } from './guest-memfd.js'

const PAGE = 0x1000n

const vmWith = (options: VmOptions = {}): Vm => {
  const vm = new Vm({ guestMemfd: true, ...options })
  vm.createGuestMemfd({ file: 0, size: 64n * PAGE })
  return vm
}
/** Creates slot `id` of two pages. */
const place = (vm: Vm, id: number, memfd: MemfdField, as = 0): string | undefined => {
  const at = { gpa: BigInt(id) * 4n * PAGE, size: 2n * PAGE, hva: 0n }
  const outcome = vm.setRegion({ as, id, ...at, flags: GUEST_MEMFD, ioctl: 2, memfd })
  return 'errno' in outcome ? outcome.errno : undefined
}
const pages = (first: number): MemfdField => ({ file: 0, offset: BigInt(first) * PAGE })
const remove = (vm: Vm, id: number) => vm.setRegion({ as: 0, id, gpa: 0n, size: 0n, hva: 0n, flags: 0 })

describe('guest_memfd of a VM', () => {
  it('keeps more bindings than it has room for at first, and forgets those of slots that are gone', () => {
    const vm = vmWith()
    for (let id = 0; id < 32; id++) expect(place(vm, id, pages(2 * id))).toBeUndefined()
    expect(place(vm, 40, pages(63))).toBe('EINVAL')
    expect(place(vm, 40, pages(31))).toBe('EEXIST')
    remove(vm, 15)
    expect(place(vm, 40, pages(31))).toBe('EEXIST')
    remove(vm, 16)
    for (let n = 0; n < 100; n++) {
      expect(place(vm, 40, pages(30))).toBeUndefined()
      remove(vm, 40)
    }
    expect(place(vm, 40, pages(31))).toBeUndefined()
  })

  it('is the same to another thread', () => {
    const vm = vmWith()
    const other = Vm.attach(structuredClone(vm.share()))
    expect(place(vm, 1, pages(0))).toBeUndefined()
    expect(place(other, 2, pages(1))).toBe('EEXIST')
    expect(other.createGuestMemfd({ file: 1, size: 2n * PAGE })).not.toHaveProperty('errno')
    expect(vm.createGuestMemfd({ file: 1, size: PAGE })).toEqual({ errno: 'EEXIST' })
    for (let id = 10; id < 40; id++) expect(place(other, id, pages(2 * (id - 9)))).toBeUndefined()
    expect(place(vm, 3, pages(20))).toBe('EEXIST')
    expect(place(vm, 3, { file: 1, offset: 0n })).toBeUndefined()
  })

  it('does not take a slot for another that was created at the same generation of another space', () => {
    const vm = vmWith({ spaces: 2 })
    expect(place(vm, 1, pages(0))).toBeUndefined()
    expect(place(vm, 1, pages(1), 1)).toBe('EEXIST')
    expect(place(vm, 1, pages(2), 1)).toBeUndefined()
    remove(vm, 1)
    expect([place(vm, 2, pages(1)), place(vm, 3, pages(3))]).toEqual(['EEXIST', 'EEXIST'])
    expect(place(vm, 2, pages(0))).toBeUndefined()
  })

  it('is refused of numbers and sizes that no call can carry', () => {
    const vm = vmWith()
    expect(() => vm.createGuestMemfd({ file: 1024, size: PAGE })).toThrow(RangeError)
    expect(() => vm.createGuestMemfd({ file: 1, size: 1n << 64n })).toThrow(RangeError)
    expect(() => place(vm, 1, { file: -1, offset: 0n })).toThrow(RangeError)
    expect(() => place(vm, 1, { file: 0, offset: -1n })).toThrow(RangeError)
  })
})
