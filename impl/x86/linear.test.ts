import { describe, expect, it } from 'vitest'
import { A, FLAT, guest, NX, OPEN, P, PAE, PS, registers, SMEP, U, W } from './guest.fixture.js'
import { DEFAULT_PROCESSOR, ImpossibleRegisters, type Processor, type Registers } from './registers.js'

const frame = (gfn: number) => BigInt(gfn) << 12n
const K4 = 4096n

/** A guest whose vCPU has these registers. */
const running = (r: Registers, processor: Partial<Processor> = {}, options = {}) => {
  const g = guest(options)
  const { linear } = g.vm.vcpu(0)
  expect(linear.load({ ...DEFAULT_PROCESSOR, ...processor }, r)).toEqual({ end: 'loaded' })
  const write = (gfn: number, offset: number, ...bytes: number[]) =>
    g.vm.poke({ hva: BigInt(g.hostPage(gfn)) * K4 + BigInt(offset), data: Uint8Array.from(bytes) })
  return { ...g, linear, write }
}

/** 4-level tables in frames 1 to 4 that map linear page `i` to frame 16 + i, for 16 pages; entries may be given. */
const mapped = (
  entries: Partial<Record<'pml4' | 'pdpt' | 'pd' | 'pt', bigint>> = {},
  change: Partial<Registers> = {},
  processor: Partial<Processor> = {},
  options = {},
) => {
  const g = running(registers('4-level', { cr3: frame(1), ...change }), processor, options)
  g.poke(1, 0, entries.pml4 ?? frame(2) | OPEN)
  g.poke(2, 0, entries.pdpt ?? frame(3) | OPEN)
  g.poke(3, 0, entries.pd ?? frame(4) | OPEN)
  for (let i = 0; i < 16; i++) g.poke(4, 8 * i, frame(16 + i) | OPEN)
  if (entries.pt !== undefined) g.poke(4, 0, entries.pt)
  return g
}
const pf = (error: number, cr2 = 0n) => ({ end: 'fault', exception: { vector: '#PF', error, cr2 } })
const gp = { end: 'fault', exception: { vector: '#GP', error: 0 } }
const data = (...bytes: number[]) => ({ end: 'data', data: Uint8Array.from(bytes) })
const failed = (bytes: number[] = [], pending = {}) => ({
  end: 'exit',
  exit: {
    suberror: 1,
    ndata: bytes.length === 0 ? 6 : 8,
    flags: bytes.length === 0 ? 0 : 1,
    ...(bytes.length === 0 ? {} : { bytes: Uint8Array.from(bytes) }),
    ...pending,
  },
})

/** The smoke vectors of the fetch path, by their numbers. */
describe('a fetch', () => {
  it('1: at the reset vector without a slot is an internal error without bytes', () => {
    expect(guest().vm.vcpu(0).linear.fetch(0xfff0n, 1)).toEqual(failed())
  })

  it('2: that straddles into a hole reports the bytes of the first page', () => {
    const g = running(registers('none', { cr0: 0, cs: { base: 0n, limit: 0xffff, long: false } }))
    g.slot(0, 0, 0, 0)
    g.slot(0, 0, 1, g.hostPage(0))
    g.write(0, 0xffe, 0x66, 0x67)
    expect(g.linear.fetch(0xffen, 3)).toEqual(failed([0x66, 0x67]))
    expect(g.linear.fetch(0xffen, 2)).toEqual(data(0x66, 0x67))
  })

  it('3: faults on a missing entry before it faults on a right above it', () => {
    expect(mapped({ pd: frame(4) | (OPEN & ~U), pt: 0n }, { cpl: 3 }).linear.fetch(0n, 1)).toEqual(pf(0x14))
  })

  it('4: takes NX for a reserved bit without EFER.NXE', () => {
    const nx = { pd: frame(4) | OPEN | NX }
    const efer = 0x500
    expect(mapped(nx, { efer }).linear.fetch(0n, 1)).toEqual(pf(0x09))
    expect(mapped(nx, { efer, cr4: PAE | SMEP }).linear.fetch(0n, 1)).toEqual(pf(0x19))
  })

  it('5: is refused by NX, and by SMEP for the supervisor', () => {
    expect(mapped({ pt: frame(16) | OPEN | NX }).linear.fetch(0n, 1)).toEqual(pf(0x11))
    expect(mapped({}, { cr4: PAE | SMEP }).linear.fetch(0n, 1)).toEqual(pf(0x11))
    expect(mapped({}, { cr4: PAE | SMEP, cpl: 3 }).linear.fetch(0n, 1)).toEqual(data(0))
  })

  it('6: has the rights that all levels allow together', () => {
    const noUser = { pd: frame(4) | (OPEN & ~U) }
    expect(mapped(noUser, { cr4: PAE | SMEP }).linear.fetch(0n, 1)).toEqual(data(0))
    expect(mapped({ pd: frame(4) | OPEN | NX }).linear.fetch(0n, 1)).toEqual(pf(0x11))
  })

  it('7: checks the reserved bits of every level', () => {
    const first = (entries: Parameters<typeof mapped>[0], processor = {}) =>
      mapped(entries, {}, processor).linear.fetch(0n, 1)
    expect(first({ pml4: frame(2) | OPEN | PS })).toEqual(pf(0x19))
    expect(first({ pdpt: OPEN | PS }, { gigabytePages: false })).toEqual(pf(0x19))
    expect(first({ pd: OPEN | PS | (1n << 13n) })).toEqual(pf(0x19))
    expect(first({ pd: OPEN | PS | (1n << 12n) })).toEqual(data(0))
    expect(first({ pt: frame(16) | OPEN | (1n << 7n) })).toEqual(data(0))
    expect(first({ pt: frame(16) | OPEN | (0x7ffn << 52n) })).toEqual(data(0))
  })

  it('8: takes a missing table for a missing entry, and writes no read-only table', () => {
    expect(mapped({ pd: frame(300) | OPEN }).linear.fetch(0n, 1)).toEqual(pf(0x10))
    const g = mapped({ pt: frame(16) | P | W | U })
    g.slot(0, 0, 0, 0)
    g.slot(0, 0, 256, g.hostPage(0), 2)
    expect(g.linear.fetch(0n, 1)).toEqual(data(0))
    expect(g.peek(4, 0) & A).toBe(0n)
  })

  it('9: reads space 1 in SMM', () => {
    const g = running(registers('none', { cr0: 0, cs: { base: 0n, limit: 0xffff, long: false } }))
    g.slot(1, 0, 1, 0x9000, 0, 1)
    g.write(0, 0, 1)
    g.vm.poke({ hva: 0x9000n * K4, data: Uint8Array.of(2) })
    expect(g.linear.fetch(0n, 1)).toEqual(data(1))
    g.vm.enterSmm(0)
    expect(g.linear.fetch(0n, 1)).toEqual(data(2))
    g.vm.rsm(0)
    expect(g.linear.fetch(0n, 1)).toEqual(data(1))
  })

  it('10: from a hole gives the user #UD and leaves it pending for the supervisor, without the capability', () => {
    const hole = { pt: frame(300) | OPEN }
    const options = { exitsOnEmulationFailure: false }
    const ud = { end: 'fault', exception: { vector: '#UD' } }
    expect(mapped(hole, { cpl: 3 }, {}, options).linear.fetch(0n, 1)).toEqual(ud)
    expect(mapped(hole, {}, {}, options).linear.fetch(0n, 1)).toEqual(failed([], { pending: '#UD' }))
    expect(mapped(hole).linear.fetch(0n, 1)).toEqual(failed())
  })

  it('touches the second page only if it needs a byte of it, and faults with its first address', () => {
    const g = mapped()
    g.poke(4, 8, 0n)
    g.write(16, 4095, 0x90)
    expect(g.linear.fetch(0xfffn, 1)).toEqual(data(0x90))
    expect(g.linear.fetch(0xfffn, 2)).toEqual(pf(0x10, 0x1000n))
    expect(g.linear.fetch(0xff2n, 14)).toMatchObject({ end: 'data' })
    g.poke(4, 8, frame(17) | P | U)
    g.linear.invalidate()
    g.write(17, 0, 0x91)
    expect(g.linear.fetch(0xfffn, 2)).toEqual(data(0x90, 0x91))
    expect(g.peek(4, 8) & A).toBe(A)
  })

  it('is #GP beyond the segment limit and at a non-canonical address', () => {
    const cs = { base: 0x1000n, limit: 0x1fff, long: false }
    const g = running(registers('none', { cs }))
    expect(g.linear.fetch(0x1fffn, 1)).toMatchObject({ end: 'data' })
    expect([g.linear.fetch(0x1fffn, 2), g.linear.fetch(0x2000n, 1), g.linear.fetch(1n << 32n, 1)]).toEqual([
      gp,
      gp,
      gp,
    ])
    const wraps = running(registers('none', { cs: { ...FLAT, base: 0xffff_f000n } }))
    expect(wraps.linear.fetch(0x1000n, 1)).toMatchObject({ end: 'data' })
    const long = mapped()
    expect([
      long.linear.fetch(1n << 47n, 1),
      long.linear.fetch(BigInt.asUintN(64, -(1n << 47n) - 1n), 1),
    ]).toEqual([gp, gp])
    expect(long.linear.fetch(BigInt.asUintN(64, -(1n << 47n)), 1)).toEqual(pf(0x10, 0xffff_8000_0000_0000n))
    const five = running(registers('5-level', { cr3: frame(9) }))
    expect(five.linear.fetch(1n << 47n, 1)).toEqual(pf(0x10, 1n << 47n))
    expect(five.linear.fetch(1n << 56n, 1)).toEqual(gp)
  })

  it('is a user access at CPL 3, and a supervisor access at CPL 2', () => {
    const noUser = { pd: frame(4) | (OPEN & ~U) }
    expect(mapped(noUser, { cpl: 2 }).linear.fetch(0n, 1)).toEqual(data(0))
    expect(mapped(noUser, { cpl: 3 }).linear.fetch(0n, 1)).toEqual(pf(0x15))
  })

  it('reads internal slots, but no tables in them', () => {
    const g = mapped({ pt: frame(300) | OPEN }, {}, {}, { internalIds: [40_000] })
    g.vm.internalSlot({ id: 40_000, gpa: frame(300), size: K4, hva: 0x9000_0000n })
    expect(g.linear.fetch(0n, 1)).toEqual(data(0))
  })
})

describe('a cached translation', () => {
  it('is used until the slots change, and not after', () => {
    const g = mapped()
    g.write(16, 0, 1)
    expect(g.linear.fetch(0n, 1)).toEqual(data(1))
    g.poke(4, 0, frame(20) | OPEN)
    expect(g.linear.fetch(0n, 1)).toEqual(data(1)) // no INVLPG: stale, as the architecture allows
    g.slot(5, 400, 1, 0x9000)
    g.write(20, 0, 2)
    expect(g.linear.fetch(0n, 1)).toEqual(data(2))
  })

  it('never outlives the slot it leads to, nor the slot of a table it was made from', () => {
    const g = mapped()
    g.slot(1, 300, 1, 0x9000)
    g.poke(4, 0, frame(300) | OPEN)
    g.vm.poke({ hva: 0x9000n * K4, data: Uint8Array.of(7) })
    expect(g.linear.fetch(0n, 1)).toEqual(data(7))
    g.slot(1, 300, 0, 0)
    expect(g.linear.fetch(0n, 1)).toEqual(failed())
    g.slot(1, 300, 1, 0xa000)
    expect(g.linear.fetch(0n, 1)).toEqual(data(0))
    g.slot(0, 0, 0, 0)
    expect(g.linear.fetch(0n, 1)).toEqual(pf(0x10))
  })

  it('is not kept of a page that does not exist yet: a later write is seen', () => {
    const g = mapped({ pt: frame(200) | OPEN })
    expect(g.linear.read(0n, 1)).toEqual(data(0))
    g.write(200, 0, 5)
    expect(g.linear.read(0n, 1)).toEqual(data(5))
  })

  it('is dropped when registers are loaded', () => {
    const g = mapped()
    g.write(16, 0, 1)
    expect(g.linear.fetch(0n, 1)).toEqual(data(1))
    g.linear.load(DEFAULT_PROCESSOR, registers('none', { cs: FLAT }))
    expect(g.linear.fetch(0n, 1)).toEqual(data(0))
  })
})

describe('data at a linear address', () => {
  it('is read and written on one page and on two, and marked', () => {
    const g = mapped()
    g.dirty()
    expect(g.linear.write(0xffdn, Uint8Array.of(1, 2, 3, 4, 5))).toEqual({ end: 'data' })
    expect(g.linear.read(0xffdn, 5)).toEqual(data(1, 2, 3, 4, 5))
    expect(g.dirty()).toEqual([[16, 2]])
  })

  it('is MMIO where there is no slot; the bytes that lie in memory are written nevertheless', () => {
    const g = mapped()
    g.poke(4, 8, frame(300) | OPEN)
    expect(g.linear.write(0xffen, Uint8Array.of(1, 2, 3, 4))).toMatchObject({ end: 'mmio' })
    expect([g.linear.read(0xffen, 4), g.linear.read(0xffen, 2)]).toMatchObject([{ end: 'mmio' }, data(1, 2)])
  })

  it('is not written at all if the second page faults', () => {
    const g = mapped()
    g.poke(4, 8, 0n)
    expect(g.linear.write(0xffen, Uint8Array.of(1, 2, 3, 4))).toEqual(pf(2, 0x1000n))
    expect(g.linear.read(0xffen, 2)).toEqual(data(0, 0))
    expect(g.linear.read(0xffen, 4)).toEqual(pf(0, 0x1000n))
  })

  it('is #GP at a non-canonical address', () => {
    expect([mapped().linear.read(1n << 47n, 1), mapped().linear.translate(1n << 63n, 'read')]).toEqual([
      gp,
      gp,
    ])
    expect(mapped().linear.read((1n << 47n) - 1n, 2)).toEqual(gp)
  })
})

it('a translation returns the guest physical address and the rights that all entries allow', () => {
  const g = mapped({ pd: frame(4) | (OPEN & ~W), pt: frame(16) | OPEN | NX })
  expect(g.linear.translate(0x123n, 'read')).toEqual({
    end: 'data',
    gpa: frame(16) | 0x123n,
    rights: { write: false, user: true, execute: false },
  })
})

describe('registers', () => {
  const load = (r: Registers) => () => guest().vm.vcpu(0).linear.load(DEFAULT_PROCESSOR, r)

  it('that no processor can have are refused by name', () => {
    expect(load(registers('4-level', { cr4: 0 }))).toThrow(ImpossibleRegisters)
    expect(load(registers('4-level', { cr3: 1n << 46n }))).toThrow('MAXPHYADDR')
    expect(load(registers('32-bit', { cr0: 0x8000_0000 }))).toThrow('CR0.PE')
    expect(load(registers('32-bit', { cr0: 0xa000_0001 }))).toThrow('CR0.CD')
    expect(load(registers('32-bit', { cr0: 0xe000_0001 }))).not.toThrow()
    expect(load(registers('32-bit', { efer: 1 << 10 }))).toThrow('EFER.LMA')
    expect(load(registers('pae', { efer: 1 << 8 }))).toThrow('EFER.LMA')
    expect(load(registers('4-level', { cpl: 4 }))).toThrow(RangeError)
  })

  it('of PAE are loaded from memory, or end in #GP and leave the old ones', () => {
    const g = running(registers('none'))
    const pae = registers('pae', { cr3: frame(5) | 0x20n })
    g.poke(5, 0x20, frame(6) | P)
    g.poke(6, 0, 0x40_0000n | OPEN | PS)
    g.poke(5, 0x28, frame(6) | P | W)
    expect(g.linear.load(DEFAULT_PROCESSOR, pae)).toEqual(gp)
    expect(g.linear.translate(0x1234n, 'fetch')).toMatchObject({ gpa: 0x1234n })
    g.poke(5, 0x28, W)
    expect(g.linear.load(DEFAULT_PROCESSOR, pae)).toEqual({ end: 'loaded' })
    g.poke(5, 0x20, 0n) // it is in the register
    expect(g.linear.translate(0x1234n, 'fetch')).toMatchObject({ gpa: 0x40_1234n })
    expect(g.linear.load(DEFAULT_PROCESSOR, { ...pae, cr3: frame(300) })).toEqual(gp)
  })
})

it('a fetch that is served from the cache allocates nothing', () => {
  const { linear } = mapped()
  for (let i = 0; i < 20_000; i++) linear.fetchWords(0, 0x123, 4)
  // The compiler and the collector have their own time: three rounds come in which nothing is allocated.
  let quiet = 0
  for (let round = 0; round < 100 && quiet < 3; round++) {
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 50_000; i++) linear.fetchWords(0, 0x123, 4)
    const growth = process.memoryUsage().heapUsed - before
    if (growth >= 0 && growth < 400_000) quiet++ // 8 bytes each would be that much
  }
  expect(quiet).toBe(3)
})
