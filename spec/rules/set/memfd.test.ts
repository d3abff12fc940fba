import { describe, expect, it } from 'vitest'
import { type Brief, deleteOf, machineAfter, machineOf, setOf, take } from '../../generate/index.js'
import type { KernelName } from '../../terms/kernels.js'
import { addressOf, u64 } from '../../terms/numbers.js'
import type { CreateGuestMemfdCall, MemfdField, SetCall } from '../../terms/operation.js'

const file = (number: number, pages: number): CreateGuestMemfdCall => ({
  op: 'create-guest-memfd',
  file: number,
  size: addressOf(pages),
})
const at = (first: number, number: MemfdField['file'] = 0): MemfdField => ({
  file: number,
  offset: addressOf(first),
})
const bound = (id: number, base: number, npages: number, memfd: MemfdField, but: Partial<SetCall> = {}) =>
  setOf([id, base, npages, 0x1000, 'G'] satisfies Brief, { ioctl: 2, memfd, ...but })
const machine = (kernel: KernelName) =>
  machineAfter(
    machineOf([], { guestMemfd: true, kernel, maxGfn: 0xfff }),
    file(0, 6),
    file(1, 2),
    bound(1, 16, 2, at(1)),
  )

describe('the pages of a guest_memfd', () => {
  it.each([
    ['6.12', 'EINVAL'],
    ['7.3', 'EEXIST'],
    ['pvm', 'EINVAL'],
  ] as const)('that are behind a slot are behind no other of %s: %s', (kernel, errno) => {
    const answers = [0, 1, 2, 3].map(first => take(machine(kernel), bound(2, 40, 2, at(first))).errno)
    expect(answers).toEqual([errno, errno, errno, null])
    expect(take(machine(kernel), bound(2, 40, 2, at(2), { as: 1 })).errno).toBe(errno)
    expect(take(machine(kernel), bound(2, 40, 2, at(0, 1))).errno).toBeNull()
  })

  it.each([
    ['pvm', null],
    ['6.12', null],
    ['7.3', 'EINVAL'],
  ] as const)('end below 2^63 as a signed number before 7.2: from its last page on %s', (kernel, errno) => {
    const from = { file: 0, offset: u64((1n << 63n) - 4096n) }
    expect(take(machine(kernel), bound(2, 40, 2, from)).errno).toBe(errno)
    const before = { file: 0, offset: u64((1n << 63n) - 3n * 4096n) }
    expect(take(machine(kernel), bound(2, 40, 2, before)).errno).toBe('EINVAL')
  })

  it('are free after a delete, and after a creation that failed late', () => {
    const deleted = machineAfter(machine('7.3'), deleteOf(1))
    expect(take(deleted, bound(2, 40, 2, at(1))).errno).toBeNull()
    const { cells, errno } = take(machine('7.3'), bound(2, 0xfff, 2, at(3)))
    expect(errno).toBe('EINVAL')
    expect(take(cells, bound(2, 40, 2, at(3))).errno).toBeNull()
  })

  it('stay with their slot through every call that asks for it again', () => {
    for (const but of [{}, { memfd: at(4) }, { memfd: at(0, 'other') }, { flags: 0 }, { gpa: addressOf(64) }])
      expect(take(machine('7.3'), bound(1, 16, 2, at(1), but)).errno).toBe('EINVAL')
  })
})
