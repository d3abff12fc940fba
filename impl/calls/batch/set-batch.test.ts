import { beforeEach, describe, expect, it } from 'vitest'
import { type BatchCall, type Entry, GUEST_MEMFD, HARVEST, LOG, RO, Vm, type VmOptions } from '../../index.js'

const K4 = 4096n
let vm: Vm

function set(id: number, gfn: number, npages: number, hva: number, flags = 0): Entry {
  return { do: 'set', id, gpa: BigInt(gfn) * K4, size: BigInt(npages) * K4, hva: BigInt(hva) * K4, flags }
}

function remove(id: number): Entry {
  return { do: 'remove', id, gpa: 0n, size: 0n, hva: 0n, flags: 0 }
}

function batch(entries: Entry[], header: Partial<BatchCall> = {}): BatchCall {
  return { as: 0, flags: 0, resultSize: 0n, entries, ...header }
}

function mark(...gfns: number[]): void {
  for (const gfn of gfns) vm.write({ vcpu: 0, gfn, offset: 0, data: Uint8Array.of(1) })
}

function fresh(options: VmOptions = {}): void {
  vm = new Vm(options)
  vm.createVcpu(0)
}

function swapsOf(...entries: Entry[]): number {
  const before = vm.swaps(0)
  expect(vm.setBatch(batch(entries))).not.toHaveProperty('errno')
  return vm.swaps(0) - before
}

beforeEach(() => fresh())

describe('the header of a batch', () => {
  it('is checked after copy-in and before the entries', () => {
    const wrong = batch([set(40_000, 0, 1, 0)], { flags: 2 })
    expect(vm.setBatch(wrong, { caller: 'stranger' })).toEqual({ errno: 'EIO', index: -1 })
    expect(vm.setBatch(wrong, { argument: 'bad' })).toEqual({ errno: 'EFAULT', index: -1 })
    expect(vm.setBatch(wrong)).toEqual({ errno: 'EINVAL', index: -1 })
    expect(vm.setBatch(batch([], { as: 2 }))).toEqual({ errno: 'EINVAL', index: -1 })
    expect(vm.setBatch(batch([], { reserved: 1n }))).toEqual({ errno: 'EINVAL', index: -1 })
  })

  it('may have no entries, and no more than `maxEntries`', () => {
    fresh({ maxEntries: 1 })
    expect(vm.setBatch(batch([]))).toEqual({ generation: 0, retiredCount: 0 })
    expect(vm.setBatch(batch([remove(1), remove(2)]))).toEqual({ errno: 'E2BIG', index: -1 })
  })
})

describe('an entry of a batch', () => {
  const good = set(1, 0, 1, 0)
  it.each<[string, Entry]>([
    ['an id beyond the limit', { ...good, id: 32_764 }],
    ['an unknown flag', { ...good, flags: 8 }],
    ['guest_memfd', { ...good, flags: GUEST_MEMFD }],
    ['a reserved byte', { ...good, reserved: 1n }],
    ['an unaligned size', { ...good, size: 1n }],
    ['an unaligned gpa', { ...good, gpa: 1n }],
    ['an unaligned hva', { ...good, hva: 1n }],
    ['an end beyond user space', { ...good, hva: 0x7fff_ffff_f000n }],
    ['an end that wraps', { ...good, gpa: 2n ** 64n - K4 }],
    ['too many pages', { ...good, size: 2n ** 31n * K4 }],
    ['no page', { ...good, size: 0n }],
    ['a removal with a flag', { ...remove(5), flags: RO }],
    ['a removal with a region', { ...good, do: 'remove', id: 5 }],
    ['the removal of nothing', remove(6)],
    ['a slot named before', remove(5)],
  ])('is refused at its index for %s', (_, entry) => {
    vm.setRegion({ as: 0, id: 5, gpa: 99n * K4, size: K4, hva: 0n, flags: 0 })
    const first = entry.id === 5 && entry.flags === 0 && entry.size === 0n ? remove(5) : set(9, 50, 1, 0)
    expect(vm.setBatch(batch([first, entry]))).toEqual({ errno: 'EINVAL', index: 1 })
    expect(vm.swaps(0)).toBe(1)
  })

  it('may remove a guest_memfd slot, not change it', () => {
    fresh({ guestMemfd: true })
    vm.setRegion({ as: 0, id: 1, gpa: 0n, size: K4, hva: 0n, flags: GUEST_MEMFD, ioctl: 2 })
    expect(vm.setBatch(batch([set(1, 0, 1, 0)]))).toEqual({ errno: 'EINVAL', index: 0 })
    expect(swapsOf(remove(1))).toBe(2)
  })
})

describe('host memory in the place of guest_memfd', () => {
  it('at the same address is other memory: the page is blocked before it is published', () => {
    fresh({ guestMemfd: true })
    vm.setRegion({ as: 0, id: 1, gpa: 0n, size: K4, hva: 0n, flags: GUEST_MEMFD, ioctl: 2 })
    expect(swapsOf(remove(1), set(2, 0, 1, 0))).toBe(2)
    expect(swapsOf(remove(2), set(3, 0, 1, 0))).toBe(1)
  })
})

describe('the intended set of a batch', () => {
  it('fails with EEXIST at the later of two entries that overlap, or at the only one', () => {
    vm.setBatch(batch([set(1, 0, 4, 0)]))
    expect(vm.setBatch(batch([set(2, 8, 4, 0), set(3, 11, 1, 0)]))).toEqual({ errno: 'EEXIST', index: 1 })
    expect(vm.setBatch(batch([set(2, 3, 4, 0), set(3, 6, 1, 0)]))).toEqual({ errno: 'EEXIST', index: 0 })
    expect(vm.setBatch(batch([set(2, 3, 4, 0), remove(1)]))).toEqual({ generation: 6, retiredCount: 0 })
  })

  it('is checked entry by entry: overlap, maxGfn, dirty ring', () => {
    fresh({ maxGfn: 15 })
    expect(vm.setBatch(batch([set(1, 15, 2, 0), set(2, 16, 1, 0)]))).toEqual({ errno: 'EINVAL', index: 0 })
    expect(vm.setBatch(batch([set(1, 14, 2, 0), set(2, 15, 2, 0)]))).toEqual({ errno: 'EEXIST', index: 1 })
  })

  it('may not overlap internal slots', () => {
    fresh({ internalIds: [40_000] })
    vm.internalSlot({ id: 40_000, gpa: 4n * K4, size: K4, hva: 0n })
    expect(vm.setBatch(batch([set(1, 0, 5, 0)]))).toEqual({ errno: 'EEXIST', index: 0 })
  })

  it('changes no logged slot under a dirty ring', () => {
    vm = new Vm()
    vm.enableCap({ cap: 'dirty-log-ring', flags: 0, args: [4096n] })
    expect(swapsOf(set(1, 0, 4, 0, LOG), set(2, 8, 1, 0))).toBe(1)
    expect(vm.setBatch(batch([remove(2), set(1, 0, 4, 0)]))).toEqual({ errno: 'ENXIO', index: 1 })
    expect(swapsOf(set(1, 0, 4, 0, LOG), remove(2))).toBe(2)
  })
})

describe('the swaps of a batch', () => {
  beforeEach(() => void vm.setBatch(batch([set(1, 0, 8, 100), set(2, 8, 8, 200, LOG | RO)])))

  it.each<[string, number, Entry[]]>([
    ['nothing changes', 0, [set(1, 0, 8, 100)]],
    ['a slot appears', 1, [set(3, 16, 1, 0)]],
    ['a slot is split', 1, [set(1, 0, 4, 100), set(3, 4, 4, 104)]],
    ['ids are exchanged', 1, [set(2, 0, 8, 100), set(1, 8, 8, 200, LOG | RO)]],
    ['a slot grows', 1, [set(2, 8, 9, 200, LOG | RO)]],
    ['a log is switched on', 1, [set(1, 0, 8, 100, LOG)]],
    ['a slot becomes writable', 1, [set(2, 8, 8, 200)]],
    ['a slot goes', 2, [remove(1)]],
    ['a hole is punched', 2, [set(1, 0, 3, 100), set(3, 4, 4, 104)]],
    ['a slot gets other pages', 2, [set(1, 0, 8, 101)]],
    ['a page becomes read-only', 2, [set(1, 0, 7, 100), set(3, 7, 1, 107, RO)]],
    ['slots change places', 2, [set(1, 8, 8, 100), set(2, 0, 8, 200)]],
  ])('are those due when %s', (_, swaps, entries) => {
    expect(swapsOf(...entries)).toBe(swaps)
    expect([vm.swaps(1), vm.generation(1)]).toEqual([0, 1])
  })

  it('change `since` of a slot only if its base, size or hva changes', () => {
    vm.setBatch(batch([set(1, 0, 8, 100, LOG), set(2, 8, 7, 200, LOG | RO)]))
    expect(vm.slots(0).map(slot => slot.since)).toEqual([2, 6])
  })
})

describe('the logs of a batch', () => {
  beforeEach(() => {
    vm.setBatch(batch([set(1, 0, 100, 1000, LOG), set(2, 200, 10, 2000)]))
    mark(0, 39, 40, 41, 99)
  })
  const log = (id: number) => vm.getDirtyLog({ as: 0, id })

  it('follow their pages through a split, and are retired where a page goes', () => {
    const outcome = vm.setBatch(
      batch([set(1, 0, 40, 1000, LOG), set(3, 41, 59, 1041, LOG)], { resultSize: 100n, flags: HARVEST }),
    )
    expect(outcome).toEqual({
      generation: 6,
      retired: [{ id: 1, base: 0, npages: 100, count: 1, pages: [[40, 1]] }],
    })
    expect([log(1), log(3)]).toMatchObject([
      {
        pages: [
          [0, 1],
          [39, 1],
        ],
      },
      {
        pages: [
          [0, 1],
          [58, 1],
        ],
      },
    ])
  })

  it('follow their slot when it moves, at any shift of its frames', () => {
    vm.setBatch(batch([set(1, 300, 90, 1007, LOG)]))
    expect(log(1)).toMatchObject({ pages: [[32, 3]] })
  })

  it('are ORed where a page has two sources', () => {
    vm.setBatch(batch([set(2, 200, 100, 1000, LOG)]))
    mark(203)
    vm.setBatch(batch([set(1, 200, 100, 1000, LOG), set(2, 0, 100, 1000, LOG)]))
    for (const id of [1, 2]) {
      expect(log(id)).toMatchObject({
        pages: [
          [0, 1],
          [3, 1],
          [39, 3],
          [99, 1],
        ],
      })
    }
    mark(250)
    expect([log(1), log(2)]).toMatchObject([{ pages: [[50, 1]] }, { pages: [] }])
  })

  it('are not shared by a slot that moves and one that takes its frames', () => {
    vm.setBatch(batch([set(1, 300, 100, 1000, LOG), set(3, 0, 100, 1000, LOG)]))
    mark(310)
    expect([log(1), log(3)]).toMatchObject([
      {
        pages: [
          [0, 1],
          [10, 1],
          [39, 3],
          [99, 1],
        ],
      },
      {
        pages: [
          [0, 1],
          [39, 3],
          [99, 1],
        ],
      },
    ])
  })

  it('start all set only where a page has no source', () => {
    vm.enableCap({ cap: 'manual-dirty-log-protect2', flags: 0, args: [3n] })
    vm.setBatch(batch([set(1, 0, 110, 1000, LOG)]))
    expect(log(1)).toMatchObject({
      pages: [
        [0, 1],
        [39, 3],
        [99, 11],
      ],
    })
  })

  it('are counted when no records are wanted, and need room when they are', () => {
    const off = batch([set(1, 0, 100, 1000), remove(2)])
    expect(vm.setBatch({ ...off, resultSize: 31n })).toEqual({ errno: 'ENOSPC', index: -1, bound: 32n })
    const none = { ...off, flags: HARVEST }
    expect(vm.setBatch(none, { allocation: 'late' })).toEqual({ errno: 'ENOSPC', index: -1, bound: 48n })
    expect(vm.setBatch({ ...none, resultSize: 48n }, { allocation: 'early', result: 'bad' })).toEqual({
      errno: 'ENOMEM',
      index: -1,
    })
    expect(vm.setBatch({ ...none, resultSize: 48n }, { result: 'bad' })).toEqual({
      errno: 'EFAULT',
      index: -1,
    })
    expect(vm.swaps(0)).toBe(1)
    expect(vm.setBatch(off, { result: 'bad' })).toEqual({ generation: 6, retiredCount: 5 })
  })

  it('leave a record out if nothing in it is dirty, and the bits without HARVEST', () => {
    vm.setBatch(batch([set(2, 200, 10, 2000, LOG)]))
    expect(vm.setBatch(batch([remove(1), remove(2)], { resultSize: 64n }))).toMatchObject({
      retired: [{ id: 1, base: 0, npages: 100, count: 5 }],
    })
  })

  it('need no memory and no room if nothing changes', () => {
    const same = batch([set(1, 0, 100, 1000, LOG)], { flags: HARVEST, resultSize: 1n })
    expect(vm.setBatch(same, { allocation: 'early', result: 'bad' })).toEqual({ generation: 2, retired: [] })
  })

  it('of the largest slots are carried in no time by pages', () => {
    fresh()
    const npages = 2 ** 31 - 1
    vm.setBatch(batch([set(1, 2 ** 36, npages, 0, LOG)]))
    mark(2 ** 36 + 2 ** 30)
    vm.setBatch(batch([set(1, 0, npages - 3, 3, LOG)]))
    expect(log(1)).toMatchObject({ pages: [[2 ** 30 - 3, 1]] })
  })

  it('of a page that two pages carry, one by frame and one by slot id, go to both', () => {
    fresh()
    const npages = 3 * 65_536
    vm.setBatch(batch([set(1, 0, npages, 1000, LOG)]))
    mark(70_000)
    vm.setBatch(batch([set(1, 2 ** 30, npages, 1000, LOG), set(2, 0, npages, 1000, LOG)]))
    expect([log(1), log(2)]).toMatchObject([{ pages: [[70_000, 1]] }, { pages: [[70_000, 1]] }])
  })

  it('of the parts of a split slot have its bits, and are separate afterwards', () => {
    fresh()
    const chunk = 65_536
    vm.setBatch(batch([set(1, 0, 4 * chunk, 1000, LOG)]))
    mark(3, chunk + 3, 2 * chunk + 77)
    vm.setBatch(
      batch([set(1, 0, chunk + 5, 1000, LOG), set(2, chunk + 5, 3 * chunk - 5, 1000 + chunk + 5, LOG)]),
    )
    mark(3 * chunk)
    expect([log(1), log(2)]).toMatchObject([
      {
        pages: [
          [3, 1],
          [chunk + 3, 1],
        ],
      },
      {
        pages: [
          [chunk + 72, 1],
          [2 * chunk - 5, 1],
        ],
      },
    ])
  })
})
