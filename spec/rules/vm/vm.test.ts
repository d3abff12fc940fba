import { describe, expect, it } from 'vitest'
import { machineAfter, machineOf, setOf, slotOf, take } from '../../generate/index.js'
import { addressOf, u64 } from '../../terms/numbers.js'
import type { EnableCapCall, InternalSlotCall, Operation } from '../../terms/operation.js'

const machine = machineOf([slotOf([1, 0x100, 4, 0x1000, 'L'], [2])], { internalIds: [32765], maxGfn: 0xfff })
const cap = (name: EnableCapCall['cap'], arg: bigint | number, flags = 0): EnableCapCall => ({
  op: 'enable-cap',
  cap: name,
  flags,
  args: [u64(arg)],
})
const protect = (arg: bigint | number, flags = 0) => cap('manual-dirty-log-protect2', arg, flags)
const ring = (arg: bigint | number, flags = 0) => cap('dirty-log-ring', arg, flags)
const vcpu: Operation = { op: 'create-vcpu', vcpu: 0 }

describe('manual protection', () => {
  it.each([0, 1, 3])('has mode %d', mode => {
    expect(take(machine, protect(mode)).cells.protect).toBe(mode)
  })
  it.each([2, 4, 5, 7, 2 ** 32])('has no mode %d', mode => {
    expect(take(machine, protect(mode))).toMatchObject({ errno: 'EINVAL', rule: 'protect.mode' })
  })
  it('takes no flags, which is checked first', () => {
    expect(take(machine, protect(2, 1)).rule).toBe('protect.flags')
  })
  it('can be changed back at any time', () => {
    expect(machineAfter(machine, protect(3), protect(0)).protect).toBe(0)
  })
})

describe('a dirty ring', () => {
  it.each<readonly [string, readonly Operation[], EnableCapCall, string | null, string]>([
    ['of a page', [], ring(4096), null, 'ring.enable'],
    ['of the most entries', [], ring(65536 * 16), null, 'ring.enable'],
    ['set while a logged slot exists', [setOf([2, 0x200, 1, 0, 'L'])], ring(4096), null, 'ring.enable'],
    ['of no size', [], ring(0), 'EINVAL', 'ring.size'],
    ['of a size that is no power of two', [], ring(4097), 'EINVAL', 'ring.size'],
    ['smaller than a page', [], ring(2048), 'EINVAL', 'ring.size'],
    ['too large', [], ring(2 ** 30), 'E2BIG', 'ring.too-large'],
    ['too large, for the second time', [ring(4096)], ring(2 ** 30), 'E2BIG', 'ring.too-large'],
    ['set twice', [ring(4096)], ring(4096), 'EINVAL', 'ring.twice'],
    ['set after a vCPU', [vcpu], ring(4096), 'EINVAL', 'ring.after-vcpu'],
    ['whose size overflows 32 bits is what is left of it', [], ring(2n ** 32n + 4096n), null, 'ring.enable'],
    ['with flags, which the kernel does not look at', [], ring(4096, 1), null, 'ring.enable'],
  ])('%s', (_, before, call, errno, rule) => {
    expect(take(machineAfter(machine, ...before), call)).toMatchObject({ errno, rule })
  })
})

describe('an internal slot', () => {
  const create = (but: Partial<InternalSlotCall> = {}): InternalSlotCall => ({
    op: 'internal-slot',
    id: 32765,
    gpa: addressOf(0xfee),
    size: addressOf(1),
    hva: addressOf(0x9000),
    ...but,
  })
  it('appears in every space, by one swap each, and is in the way of user slots', () => {
    const { cells } = take(machine, create())
    expect(cells.spaces.map(space => [space.slots.at(-1)?.id, space.swaps])).toEqual([
      [32765, 1],
      [32765, 1],
    ])
    for (const as of [0, 1]) expect(take(cells, setOf([9, 0xfee, 1, 0], { as })).errno).toBe('EEXIST')
  })
  it.each<readonly [string, Partial<InternalSlotCall>, string, string]>([
    ['has an id set apart for it', { id: 1 }, 'EINVAL', 'internal.id'],
    ['is page aligned', { gpa: u64(1) }, 'EINVAL', 'internal.region'],
    ['does not lie over a user slot of any space', { gpa: addressOf(0x103) }, 'EEXIST', 'internal.exists'],
    ['ends with the last frame', { gpa: addressOf(0x1000) }, 'EINVAL', 'internal.beyond-max-gfn'],
  ])('%s', (_, but, errno, rule) => {
    expect(take(machine, create(but))).toMatchObject({ errno, rule })
  })
  it('is deleted from every space by its id, at size 0, two swaps each; to delete none is no error', () => {
    const gone = create({ size: u64(0), gpa: u64(1), hva: u64(1) })
    expect(take(machine, gone)).toMatchObject({ rule: 'internal.delete-absent' })
    const made = machineAfter(machine, create())
    expect(take(made, gone)).toMatchObject({ rule: 'internal.delete' })
    const after = machineAfter(made, gone)
    expect(after.spaces.map(({ slots }) => slots)).toEqual(machine.spaces.map(({ slots }) => slots))
    expect(after.spaces.map(({ swaps }) => swaps)).toEqual(machine.spaces.map(({ swaps }) => swaps + 3))
    expect(take(machine, create({ size: u64(0), id: 1 }))).toMatchObject({ rule: 'internal.id' })
  })
  it('is created once', () => {
    expect(take(machineAfter(machine, create()), create({ gpa: addressOf(0x800) })).errno).toBe('EEXIST')
  })
})

describe('a vCPU', () => {
  it('enters SMM from normal mode only, and leaves it from SMM only', () => {
    const [enter, leave]: readonly Operation[] = [
      { op: 'enter-smm', vcpu: 0 },
      { op: 'rsm', vcpu: 0 },
    ] as const
    const normal = machineAfter(machine, vcpu)
    expect(take(normal, leave as Operation).rule).toBe('rsm.outside')
    const smm = machineAfter(normal, enter as Operation)
    expect(smm.vcpus).toEqual([{ id: 0, space: 1 }])
    expect(take(smm, enter as Operation).rule).toBe('smm.already')
    expect(machineAfter(smm, leave as Operation).vcpus).toEqual([{ id: 0, space: 0 }])
  })
  it('does not enter SMM where the VM has one space', () => {
    const single = machineAfter(machineOf([], { spaces: 1 }), vcpu)
    expect(take(single, { op: 'enter-smm', vcpu: 0 })).toMatchObject({ errno: 'EINVAL', rule: 'smm.none' })
  })
  it('can be put into any space of the VM', () => {
    const three = machineAfter(machineOf([], { spaces: 3 }), vcpu)
    expect(take(three, { op: 'set-vcpu', vcpu: 0, as: 2 }).cells.vcpus).toEqual([{ id: 0, space: 2 }])
    expect(take(three, { op: 'set-vcpu', vcpu: 0, as: 3 }).errno).toBe('EINVAL')
  })
  it('is created once', () => {
    expect(take(machineAfter(machine, vcpu), vcpu).errno).toBe('EEXIST')
  })
})
