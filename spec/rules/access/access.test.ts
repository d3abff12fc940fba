import { describe, expect, it } from 'vitest'
import { machineAfter, machineOf, pages, slotOf, take } from '../../generate/index.js'
import type { Cells } from '../../terms/cells.js'
import { hvaPage, u64 } from '../../terms/numbers.js'
import type { Operation } from '../../terms/operation.js'

/**
 * Frames: 0x100 logged, 0x200 read-only and logged, 0x300 the hypervisor's own, 0x400 an alias of 0x100; else holes.
 */
const start = (rest: Partial<Cells> = {}): Cells => {
  const internal = slotOf([8, 0x300, 1, 0x3000])
  const slots = [
    slotOf([1, 0x100, 4, 0x1000, 'L']),
    slotOf([2, 0x200, 4, 0x2000, 'LR']),
    internal,
    slotOf([3, 0x400, 4, 0x1000]),
  ]
  const cells = machineOf(slots, { slotLimit: 8, internalIds: [8] }, rest)
  return machineAfter(cells, { op: 'create-vcpu', vcpu: 0 })
}
const at = { vcpu: 0, offset: 8 }
const op = (kind: string, gfn: number, data = 'abcd'): Operation =>
  (['read', 'fetch', 'walk'].includes(kind)
    ? { op: kind, gfn, ...at, size: kind === 'walk' ? 8 : 2 }
    : { op: kind, gfn, ...at, data }) as Operation
const kernel = (gfn: number, data?: string): Operation => ({
  op: 'kernel-access',
  gfn,
  offset: 8,
  size: 2,
  ...(data === undefined ? {} : { data }),
})

const [RW, RO, OWN, HOLE] = [0x100, 0x200, 0x300, 0x500]

/**
 * How each kind of access ends, by what lies behind its frame: kernel-memslots.md, Faults on x86, real-kvm.md, Data and
 * Dirty log.
 */
const table: readonly (readonly [kind: string, rw: string, ro: string, own: string, hole: string])[] = [
  ['read', 'data', 'data', 'data', 'mmio'],
  ['fetch', 'data', 'data', 'data', 'exit'],
  ['walk', 'data', 'data', 'fault', 'fault'],
  ['write', 'data', 'mmio', 'data', 'mmio'],
  ['rmw', 'data', 'mmio', 'data', 'mmio'],
  ['ad-update', 'data', 'data', 'fault', 'fault'],
]

describe('an access', () => {
  it.each(table)(
    'of kind %s ends in memory as %s, on read-only as %s, on an internal slot as %s, in a hole as %s',
    (kind, ...ends) => {
      const found = [RW, RO, OWN, HOLE].map(gfn => take(start(), op(kind, gfn)).returned)
      expect(found.map(result => (result as { end: string }).end)).toEqual(ends)
    },
  )
  it('of the hypervisor itself fails in a hole and, if it writes, on read-only: it has no exit to userspace', () => {
    const found = [
      kernel(RW),
      kernel(RO),
      kernel(HOLE),
      kernel(RW, 'abcd'),
      kernel(RO, 'abcd'),
      kernel(HOLE, 'abcd'),
    ]
    expect(found.map(access => take(start(), access).returned)).toMatchObject([
      { end: 'data' },
      { end: 'data' },
      { end: 'fault', errno: 'EFAULT' },
      { end: 'data' },
      { end: 'fault', errno: 'EFAULT' },
      { end: 'fault', errno: 'EFAULT' },
    ])
  })
  it('of a vCPU that does not exist fails', () => {
    const absent = { ...op('read', RW), vcpu: 7 } as Operation
    expect(take(start(), absent)).toMatchObject({
      rule: 'read.no-vcpu',
      returned: { end: 'fault', errno: 'ENOENT' },
    })
  })
  it('reads what was last written, through any alias, and what the host poked', () => {
    const written = machineAfter(start(), op('write', RW, 'beef'))
    expect(take(written, op('read', 0x400)).returned).toMatchObject({ data: 'beef' })
    const poked = machineAfter(written, { op: 'poke', hva: u64(0x1000008), data: '0102' })
    expect(take(poked, op('read', RW)).returned).toMatchObject({ data: '0102' })
  })
  it('that reads, modifies and writes answers the old bytes and leaves the new ones', () => {
    const { returned, cells } = take(machineAfter(start(), op('write', RW, 'beef')), op('rmw', RW, '1234'))
    expect(returned).toMatchObject({ data: 'beef' })
    expect(take(cells, op('read', RW)).returned).toMatchObject({ data: '1234' })
  })
  it('that writes to read-only leaves the memory as it was', () => {
    expect(take(start(), op('write', RO)).cells.memory.get(hvaPage(0x2000))).toBeUndefined()
  })
  it('is looked up in the space of its vCPU: in SMM nothing of space 0 is there', () => {
    const smm = machineAfter(start(), { op: 'enter-smm', vcpu: 0 })
    expect(take(smm, op('read', RW)).returned).toMatchObject({ end: 'mmio' })
    expect(take(machineAfter(smm, { op: 'rsm', vcpu: 0 }), op('read', RW)).returned).toMatchObject({
      end: 'data',
    })
    expect(take(smm, kernel(RW)).returned).toMatchObject({ end: 'data' })
  })
})

describe('the log of an accessed page', () => {
  const marked = (access: Operation, exact = true) => {
    const { slots } = take({ ...start(), params: { ...start().params, exact } }, access)
    return Object.fromEntries(slots.filter(slot => slot.dirty !== null).map(slot => [slot.id, slot.dirty]))
  }
  const nothing = { 1: { set: [], maybe: [] }, 2: { set: [], maybe: [] } }

  it.each(['write', 'rmw', 'ad-update'])(
    'is marked by %s, in the slot written through and no other',
    kind => {
      expect(marked(op(kind, 0x102))).toEqual({ ...nothing, 1: { set: pages(2), maybe: [] } })
    },
  )
  it('is marked by a write of the hypervisor, and not by its read', () => {
    expect(marked(kernel(0x103, '00'))).toMatchObject({ 1: { set: pages(3) } })
    expect(marked(kernel(0x103), false)).toEqual(nothing)
  })
  it('is not marked through an alias that is not logged, nor by the host', () => {
    expect(marked(op('write', 0x402))).toEqual(nothing)
    expect(machineAfter(start(), { op: 'poke', hva: u64(0x1000000), data: '01' }).spaces).toEqual(
      start().spaces,
    )
  })
  it('is not marked by a write that exits as MMIO', () => {
    expect(marked(op('write', RO))).toEqual(nothing)
    expect(marked(op('ad-update', RO))).toEqual(nothing)
  })
  it.each(['read', 'fetch', 'walk'])(
    'may be marked by %s where hardware is not exact, and never where it is',
    kind => {
      expect(marked(op(kind, 0x101))).toEqual(nothing)
      expect(marked(op(kind, 0x101), false)).toEqual({ ...nothing, 1: { set: [], maybe: pages(1) } })
    },
  )
})
