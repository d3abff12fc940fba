import { beforeEach, describe, expect, it } from 'vitest'
import type { Errno } from '../base/errno.js'
import { GUEST_MEMFD, LOG, RO, Vm } from '../index.js'
import type { RegionCall } from './set-region.js'

const K4 = 4096n
const base: RegionCall = { as: 0, id: 1, gpa: 16n * K4, size: 4n * K4, hva: 0x10000n, flags: 0 }
let vm: Vm

beforeEach(() => {
  vm = new Vm()
})

function errno(outcome: object): Errno | undefined {
  return 'errno' in outcome ? (outcome.errno as Errno) : undefined
}

/** Swaps that a call makes in space 0. */
function swapsOf(call: () => unknown): number {
  const before = vm.swaps(0)
  call()
  return vm.swaps(0) - before
}

describe('a region that Linux refuses by itself', () => {
  it.each<[string, Partial<RegionCall>]>([
    ['a size that is not page aligned', { size: 4097n }],
    ['a size below a page', { size: 1n }],
    ['a misaligned gpa', { gpa: 1n }],
    ['a misaligned hva', { hva: 0x10001n }],
    ['an end beyond user space', { hva: 0x7fff_ffff_f000n - 3n * K4 }],
    ['a kernel hva', { hva: 0xffff_8000_0000_0000n }],
    ['the guest_memfd flag in version 1', { flags: GUEST_MEMFD }],
    ['an unknown flag', { flags: 8 }],
    ['the internal INVALID flag', { flags: 0x1_0000 }],
    ['the highest flag', { flags: 0x8000_0000 }],
    ['the first id beyond the user slots', { id: 32_764 }],
    ['the highest id', { id: 0xffff }],
    ['a space that is not there', { as: 2 }],
    ['an end that wraps', { gpa: 2n ** 64n - K4, size: 2n * K4 }],
    ['an end of exactly 2^64', { gpa: 2n ** 64n - 4n * K4 }],
    ['2^31 pages', { size: 2n ** 31n * K4, gpa: 0n }],
    ['the deletion of a slot that is not there', { size: 0n }],
    ['a frame beyond the guest', { gpa: (2n ** 40n - 3n) * K4 }],
  ])('is EINVAL for %s', (_, change) => {
    expect(vm.setRegion({ ...base, ...change })).toEqual({ errno: 'EINVAL' })
    expect([vm.swaps(0), vm.slots(0)]).toEqual([0, []])
  })

  it('is not one that only touches the limits', () => {
    const accepted: Partial<RegionCall>[] = [
      { id: 32_763, gpa: 0n, hva: 0n },
      { id: 2, gpa: (2n ** 40n - 4n) * K4, hva: 0x7fff_ffff_f000n - 4n * K4 },
      { id: 3, gpa: 2n ** 36n * K4, size: (2n ** 31n - 1n) * K4, flags: LOG | RO },
      { as: 1 },
    ]
    for (const change of accepted) expect(errno(vm.setRegion({ ...base, ...change }))).toBeUndefined()
  })
})

describe('the order of the checks of SET_USER_MEMORY_REGION', () => {
  beforeEach(() => void vm.setRegion(base))

  it('is caller, argument, contents, overlap, memory, guest limit', () => {
    const overlapping = { ...base, id: 2, gpa: 18n * K4 }
    expect(vm.setRegion({ ...base, flags: 8 }, { caller: 'stranger', argument: 'bad' })).toEqual({
      errno: 'EIO',
    })
    expect(vm.setRegion({ ...base, flags: 8 }, { argument: 'bad' })).toEqual({ errno: 'EFAULT' })
    expect(vm.setRegion({ ...overlapping, flags: 8 })).toEqual({ errno: 'EINVAL' })
    expect(vm.setRegion(overlapping, { allocation: 'early' })).toEqual({ errno: 'EEXIST' })
    const beyond = { ...base, id: 2, gpa: 2n ** 40n * K4 }
    expect(vm.setRegion(beyond, { allocation: 'early' })).toEqual({ errno: 'ENOMEM' })
    expect(vm.setRegion(beyond, { allocation: 'late' })).toEqual({ errno: 'EINVAL' })
    expect(vm.setRegion({ ...beyond, flags: LOG }, { allocation: 'late' })).toEqual({ errno: 'ENOMEM' })
  })

  it('lets a call that changes nothing pass before overlap and memory', () => {
    expect(vm.setRegion(base, { allocation: 'early' })).toEqual({ generation: 2 })
  })
})

describe('a live slot', () => {
  beforeEach(() => void vm.setRegion(base))

  it.each<[string, Partial<RegionCall>]>([
    ['grow', { size: 8n * K4 }],
    ['shrink', { size: K4 }],
    ['change its hva', { hva: 0x20000n }],
    ['become read-only', { flags: RO }],
    ['move and change its hva', { gpa: 0n, hva: 0x20000n }],
    ['move and become read-only', { gpa: 0n, flags: RO }],
  ])('cannot %s', (_, change) => {
    expect(vm.setRegion({ ...base, ...change })).toEqual({ errno: 'EINVAL' })
  })

  it('is deleted by size 0 with any aligned gpa, user hva and legal flags, and stays if one is not legal', () => {
    const gone = { ...base, size: 0n, gpa: 2n ** 64n - K4, hva: 0n, flags: RO }
    for (const change of [{ gpa: 1n }, { hva: 2n ** 63n }, { flags: 8 }]) {
      expect(vm.setRegion({ ...gone, ...change })).toEqual({ errno: 'EINVAL' })
    }
    expect(vm.setRegion(gone, { allocation: 'early' })).toEqual({ errno: 'ENOMEM' })
    expect(vm.setRegion(gone, { allocation: 'late' })).toEqual({ generation: 6 })
    expect(vm.slots(0)).toEqual([])
  })

  it('may move over its own frames, but not over another slot, even one that is internal', () => {
    vm = new Vm({ internalIds: [40_000] })
    vm.setRegion(base)
    vm.internalSlot({ id: 40_000, gpa: 0n, size: K4, hva: 0n })
    expect(errno(vm.setRegion({ ...base, gpa: 17n * K4 }))).toBeUndefined()
    expect(vm.setRegion({ ...base, gpa: 0n })).toEqual({ errno: 'EEXIST' })
  })
})

describe('the swaps of SET_USER_MEMORY_REGION', () => {
  it('are 1 for create and flags, 2 for move and delete, none for a repeat or an early failure', () => {
    expect(swapsOf(() => vm.setRegion(base))).toBe(1)
    expect(swapsOf(() => vm.setRegion(base))).toBe(0)
    expect(swapsOf(() => vm.setRegion({ ...base, flags: LOG }))).toBe(1)
    expect(swapsOf(() => vm.setRegion({ ...base, gpa: 0n, flags: LOG }, { allocation: 'early' }))).toBe(0)
    expect(swapsOf(() => vm.setRegion({ ...base, gpa: 0n, flags: LOG }))).toBe(2)
    expect(swapsOf(() => vm.setRegion({ ...base, size: 0n }))).toBe(2)
    expect([vm.generation(0), vm.generation(1)]).toEqual([12, 1])
  })

  it('are 2 for a move that fails late, which changes nothing else', () => {
    vm.setRegion({ ...base, flags: LOG })
    const before = vm.slots(0)
    expect(swapsOf(() => vm.setRegion({ ...base, flags: LOG, gpa: 2n ** 40n * K4 }))).toBe(2)
    expect(swapsOf(() => vm.setRegion({ ...base, flags: LOG, gpa: 0n }, { allocation: 'late' }))).toBe(2)
    expect(vm.slots(0)).toEqual(before)
  })

  it('are none for a creation or a change of LOG that fails late', () => {
    expect(
      swapsOf(() => expect(vm.setRegion(base, { allocation: 'late' })).toEqual({ errno: 'ENOMEM' })),
    ).toBe(0)
    vm.setRegion(base)
    const on = { ...base, flags: LOG }
    expect(swapsOf(() => expect(vm.setRegion(on, { allocation: 'late' })).toEqual({ errno: 'ENOMEM' }))).toBe(
      0,
    )
    vm.setRegion(on)
    expect(swapsOf(() => vm.setRegion(base, { allocation: 'late' }))).toBe(1)
  })

  it('note in `since` the generation at which a slot was placed', () => {
    vm.setRegion(base)
    vm.setRegion({ ...base, flags: LOG })
    expect(vm.slots(0)[0]!.since).toBe(2)
    vm.setRegion({ ...base, gpa: 0n, flags: LOG })
    expect(vm.slots(0)[0]!.since).toBe(8)
  })
})

describe('a guest_memfd slot', () => {
  const gmem = { ...base, ioctl: 2 as const, flags: GUEST_MEMFD }

  it('needs the option, the second ioctl and no other flag, and can then only be deleted', () => {
    expect(vm.setRegion(gmem)).toEqual({ errno: 'EBADF' })
    vm = new Vm({ guestMemfd: true })
    for (const change of [{ ioctl: 1 as const }, { flags: GUEST_MEMFD | LOG }, { flags: GUEST_MEMFD | RO }]) {
      expect(vm.setRegion({ ...gmem, ...change })).toEqual({ errno: 'EINVAL' })
    }
    expect(errno(vm.setRegion(gmem))).toBeUndefined()
    for (const change of [{}, { flags: 0 }, { gpa: 0n }]) {
      expect(vm.setRegion({ ...gmem, ...change })).toEqual({ errno: 'EINVAL' })
    }
    expect(errno(vm.setRegion({ ...gmem, size: 0n }))).toBeUndefined()
  })
})

describe('a kernel', () => {
  it('of 6.1 does not know the second ioctl, whatever its argument, and still looks at the caller first', () => {
    vm = new Vm({ kernel: '6.1' })
    const second = { ...base, ioctl: 2 as const, flags: 8 }
    expect(vm.setRegion(second)).toEqual({ errno: 'ENOTTY' })
    expect(vm.setRegion(second, { argument: 'bad' })).toEqual({ errno: 'ENOTTY' })
    expect(vm.setRegion(second, { caller: 'stranger' })).toEqual({ errno: 'EIO' })
    expect(errno(vm.setRegion(base))).toBeUndefined()
  })

  it('of 6.12 without guest_memfd does not know its flag', () => {
    vm = new Vm({ kernel: '6.12' })
    expect(vm.setRegion({ ...base, ioctl: 2, flags: GUEST_MEMFD })).toEqual({ errno: 'EINVAL' })
  })

  it('of 7.3 without guest_memfd knows the flag and no descriptor, which it finds out after overlap', () => {
    vm = new Vm({ kernel: '7.3' })
    vm.setRegion(base)
    const gmem = { ...base, id: 9, ioctl: 2 as const, flags: GUEST_MEMFD }
    expect(vm.setRegion(gmem)).toEqual({ errno: 'EEXIST' })
    expect(vm.setRegion({ ...gmem, gpa: 1n << 32n })).toEqual({ errno: 'EBADF' })
  })

  it('that nobody asked is refused with the list of those that were', () => {
    expect(() => new Vm({ kernel: '6.6' as '6.1' })).toThrow(
      "kernel must be '6.1' or '6.12' or '7.3' or 'pvm', not \"6.6\"",
    )
  })
})

describe('read-only memory', () => {
  it('is refused where the VM has none', () => {
    expect(new Vm({ readonlyMem: false }).setRegion({ ...base, flags: RO })).toEqual({ errno: 'EINVAL' })
  })
})

describe('an internal slot', () => {
  const page = { id: 40_000, gpa: 0xfee0_0000n, size: K4, hva: 0n }

  it('appears in every space, or in none', () => {
    vm = new Vm({ spaces: 3, internalIds: [40_000] })
    vm.setRegion({ ...base, as: 2, gpa: page.gpa })
    expect(vm.internalSlot(page)).toEqual({ errno: 'EEXIST' })
    expect(vm.slots(0)).toEqual([])
    vm.setRegion({ ...base, as: 2, size: 0n })
    expect(vm.internalSlot(page)).toEqual({ generation: 3 })
    expect([0, 1, 2].map(as => vm.slotAt(as, 0xfee00))).toEqual([40_000, 40_000, 40_000])
    expect(vm.internalSlot({ ...page, gpa: 0n })).toEqual({ errno: 'EEXIST' })
  })

  it('must be one the VM knows, and aligned', () => {
    expect(vm.internalSlot(page)).toEqual({ errno: 'EINVAL' })
    vm = new Vm({ internalIds: [40_000] })
    for (const change of [{ size: 1n }, { gpa: 1n }, { hva: 1n }, { gpa: 2n ** 40n * K4 }]) {
      expect(vm.internalSlot({ ...page, ...change })).toEqual({ errno: 'EINVAL' })
    }
  })
})
