import { beforeEach, describe, expect, it } from 'vitest'
import { LOG, type Ranges, type RegionCall, Vm } from '../index.js'

const K4 = 4096n
const region: RegionCall = { as: 0, id: 1, gpa: 16n * K4, size: 130n * K4, hva: 0x100000n, flags: LOG }
const log = { as: 0, id: 1 }
let vm: Vm

beforeEach(() => {
  vm = new Vm()
  vm.createVcpu(0)
  vm.setRegion(region)
})

function mark(...pages: number[]): void {
  for (const page of pages) vm.write({ vcpu: 0, gfn: 16 + page, offset: 0, data: Uint8Array.of(1) })
}

function pages(): Ranges | string {
  const outcome = vm.getDirtyLog(log)
  return 'errno' in outcome ? outcome.errno : outcome.pages
}

function clear(first: bigint, count: number, generation?: number): object {
  return vm.clearDirtyLog({ ...log, first, count, pages: [[Number(first), count]], generation })
}

describe('GET_DIRTY_LOG', () => {
  it('reports and clears, with the bytes Linux copies and the generation of the space', () => {
    mark(0, 1, 129)
    const expected = [
      [0, 2],
      [129, 1],
    ]
    expect(vm.getDirtyLog(log)).toEqual({ pages: expected, generation: 2, bytes: 24 })
    expect(pages()).toEqual([])
  })

  it('loses the bits if the bitmap pointer is bad, but not with manual protection', () => {
    mark(3)
    expect(vm.getDirtyLog(log, { bitmap: 'bad' })).toEqual({ errno: 'EFAULT' })
    expect(pages()).toEqual([])
    vm.enableCap({ cap: 'manual-dirty-log-protect2', flags: 0, args: [1n] })
    mark(3)
    expect(vm.getDirtyLog(log, { bitmap: 'bad' })).toEqual({ errno: 'EFAULT' })
    expect([pages(), pages()]).toEqual([[[3, 1]], [[3, 1]]])
  })

  it('fails with EIO, EFAULT, EINVAL or ENOENT, checked in this order', () => {
    expect(vm.getDirtyLog({ as: 9, id: 1 }, { caller: 'stranger', argument: 'bad' })).toEqual({
      errno: 'EIO',
    })
    expect(vm.getDirtyLog({ as: 9, id: 1 }, { argument: 'bad' })).toEqual({ errno: 'EFAULT' })
    expect(vm.getDirtyLog({ as: 2, id: 1 })).toEqual({ errno: 'EINVAL' })
    expect(vm.getDirtyLog({ as: 0, id: 32_764 })).toEqual({ errno: 'EINVAL' })
    expect(vm.getDirtyLog({ as: 1, id: 1 })).toEqual({ errno: 'ENOENT' })
    vm.setRegion({ ...region, flags: 0 })
    expect(pages()).toBe('ENOENT')
  })
})

describe('a dirty log', () => {
  it('survives a move of its slot and a repeated call, and is freed when LOG is switched off', () => {
    mark(5)
    vm.setRegion(region)
    vm.setRegion({ ...region, gpa: 0x1000000n })
    vm.setRegion(region)
    expect(pages()).toEqual([[5, 1]])
    mark(6)
    vm.setRegion({ ...region, flags: 0 })
    vm.setRegion(region)
    expect(pages()).toEqual([])
  })

  it('starts all set under manual protection 3, and a move leaves its bits as they are', () => {
    vm.enableCap({ cap: 'manual-dirty-log-protect2', flags: 0, args: [3n] })
    vm.setRegion({ ...region, gpa: 0x1000000n })
    expect(pages()).toEqual([])
    vm.setRegion({ ...region, gpa: 0x1000000n, flags: 0 })
    vm.setRegion({ ...region, gpa: 0x1000000n })
    expect(pages()).toEqual([[0, 130]])
  })

  it('of the largest slot takes no time by pages', () => {
    vm.enableCap({ cap: 'manual-dirty-log-protect2', flags: 0, args: [3n] })
    const npages = 2 ** 31 - 1
    vm.setRegion({ ...region, id: 2, gpa: 2n ** 36n * K4, size: BigInt(npages) * K4 })
    expect(vm.getDirtyLog({ as: 0, id: 2 })).toEqual({ pages: [[0, npages]], generation: 4, bytes: 2 ** 28 })
  })
})

describe('CLEAR_DIRTY_LOG', () => {
  beforeEach(() => {
    vm.enableCap({ cap: 'manual-dirty-log-protect2', flags: 0, args: [1n] })
    mark(0, 63, 64, 128, 129)
  })

  it('clears the pages set in its bitmap, and no page that the bitmap has no bit for', () => {
    vm.clearDirtyLog({
      ...log,
      first: 64n,
      count: 64,
      pages: [
        [0, 65],
        [128, 2],
      ],
    })
    expect(pages()).toEqual([
      [0, 1],
      [63, 1],
      [128, 2],
    ])
  })

  it('checks the alignment of `first` before the slot, and the range after it', () => {
    expect(vm.clearDirtyLog({ as: 0, id: 7, first: 1n, count: 0, pages: [] })).toEqual({ errno: 'EINVAL' })
    expect(vm.clearDirtyLog({ as: 0, id: 7, first: 0n, count: 0, pages: [] })).toEqual({ errno: 'ENOENT' })
    expect(clear(64n, 65)).toEqual({ errno: 'EINVAL' })
    expect(clear(64n, 67)).toEqual({ errno: 'EINVAL' })
    expect(clear(192n, 0)).toEqual({ errno: 'EINVAL' })
    expect(clear(2n ** 64n - 64n, 0)).toEqual({ errno: 'EINVAL' })
    expect(clear(128n, 0)).toEqual({ generation: 2 })
    expect(clear(128n, 2)).toEqual({ generation: 2 })
    expect(clear(64n, 64)).toEqual({ generation: 2 })
    expect(pages()).toEqual([
      [0, 1],
      [63, 1],
    ])
  })

  it('fails with EFAULT on a bad bitmap pointer unless the bitmap is empty', () => {
    const bad = { bitmap: 'bad' } as const
    expect(vm.clearDirtyLog({ ...log, first: 0n, count: 64, pages: [] }, bad)).toEqual({ errno: 'EFAULT' })
    expect(vm.clearDirtyLog({ ...log, first: 0n, count: 0, pages: [] }, bad)).toEqual({ generation: 2 })
  })

  it('fails, after the bitmap is read, on a generation before the slot was placed (ESTALE) or in the future (EINVAL)', () => {
    vm.setRegion({ ...region, gpa: 0x1000000n })
    vm.setRegion({ ...region, as: 0, id: 9, gpa: 0n, size: K4 })
    const stale = { ...log, first: 0n, count: 130, pages: [], generation: 5 }
    expect(vm.clearDirtyLog(stale, { bitmap: 'bad' })).toEqual({ errno: 'EFAULT' })
    expect(vm.clearDirtyLog(stale)).toEqual({ errno: 'ESTALE' })
    expect(clear(0n, 130, 9)).toEqual({ errno: 'EINVAL' })
    expect(pages()).toHaveLength(3)
    expect(clear(0n, 130, 6)).toEqual({ generation: 8 })
    expect(pages()).toEqual([])
  })
})

describe('ENABLE_CAP', () => {
  it('takes 0, 1 and 3 for manual protection, and no flags', () => {
    const enable = (argument: bigint, flags = 0) =>
      vm.enableCap({ cap: 'manual-dirty-log-protect2', flags, args: [argument, 77n] })
    for (const argument of [2n, 4n, 5n, 7n, 2n ** 32n]) expect(enable(argument)).toEqual({ errno: 'EINVAL' })
    expect(enable(1n, 1)).toEqual({ errno: 'EINVAL' })
    for (const argument of [0n, 1n, 3n]) expect(enable(argument)).toEqual({ generation: 2 })
  })

  it('takes a dirty ring of 4096 bytes to 1 MiB, once, before the first vCPU', () => {
    const enable = (bytes: bigint) => vm.enableCap({ cap: 'dirty-log-ring', flags: 0, args: [bytes] })
    expect(enable(4096n)).toEqual({ errno: 'EINVAL' })
    vm = new Vm()
    for (const bytes of [0n, 100n, 2048n, 4097n]) expect(enable(bytes)).toEqual({ errno: 'EINVAL' })
    expect(enable(2n ** 30n)).toEqual({ errno: 'E2BIG' })
    expect(enable(2n ** 20n)).toEqual({ generation: 0 })
    expect(enable(2n ** 20n)).toEqual({ errno: 'EINVAL' })
  })

  it('takes no dirty ring with less room than its reserved entries', () => {
    vm = new Vm({ ringReserved: 576 })
    const enable = (bytes: bigint) => vm.enableCap({ cap: 'dirty-log-ring', flags: 0, args: [bytes] })
    for (const bytes of [4096n, 8192n]) expect(enable(bytes)).toEqual({ errno: 'EINVAL' })
    expect(enable(16384n)).toEqual({ generation: 0 })
  })

  it('of a dirty ring leaves no bitmap to read, nor to run out of memory for', () => {
    vm = new Vm()
    vm.enableCap({ cap: 'dirty-log-ring', flags: 0, args: [4096n] })
    vm.setRegion({ ...region, flags: 0 })
    expect(vm.setRegion(region, { allocation: 'late' })).toEqual({ generation: 4 })
    expect(vm.getDirtyLog({ as: 9, id: 1 })).toEqual({ errno: 'ENXIO' })
    expect(vm.clearDirtyLog({ ...log, first: 1n, count: 0, pages: [] })).toEqual({ errno: 'ENXIO' })
  })
})
