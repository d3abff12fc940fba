import { describe, expect, it } from 'vitest'
import { randomFrom } from '../base/random.fixture.js'
import {
  A,
  D,
  guest,
  LMA,
  LME,
  type Mode,
  NX,
  OPEN,
  P,
  PAE,
  PG,
  PS,
  PSE,
  registers,
  SMAP,
  SMEP,
  U,
  W,
  walked,
} from './guest.fixture.js'
import { FETCH, READ, type Use, WRITE } from './regime.js'
import { DEFAULT_PROCESSOR, type Registers } from './registers.js'

/** Tables of one path stand in frames 16 on, root first; the page it leads to is frame 64. */
const ROOT = 16
const PAGE = 64
const frame = (gfn: number) => BigInt(gfn) << 12n

/** Where the path goes through each table, by mode, in entries; and the linear address that takes it. */
const PATHS: Record<Exclude<Mode, 'none'>, { indexes: number[]; size: number; address: bigint }> = {
  '32-bit': { indexes: [0x301, 0x155], size: 4, address: 0xc055_5123n },
  pae: { indexes: [0x101, 0x0aa], size: 8, address: (1n << 30n) | (0x101n << 21n) | (0xaan << 12n) | 0x123n },
  '4-level': { indexes: [0x1ff, 0x003, 0x101, 0x0aa], size: 8, address: 0xffff_ff80_e02a_a123n },
  '5-level': {
    indexes: [0x1fe, 0x1ff, 0x003, 0x101, 0x0aa],
    size: 8,
    address: 0xffff_ff80_e02a_a123n & ~(1n << 48n),
  },
}
const MODES = Object.keys(PATHS) as (keyof typeof PATHS)[]

/** A guest with that path, whose last `entries` are given, and an MMU at its root. */
const withPath = (
  mode: keyof typeof PATHS,
  last: readonly bigint[] = [],
  change: Partial<Registers> = {},
) => {
  const g = guest()
  const { indexes, size, address } = PATHS[mode]
  for (const [i, index] of indexes.entries()) {
    const next = i + 1 < indexes.length ? ROOT + i + 1 : PAGE
    const given = last[i - indexes.length + last.length]
    g.poke(ROOT + i, index * size, given ?? frame(next) | OPEN, size)
  }
  const mmu = g.mmu(registers(mode, { cr3: mode === 'pae' ? 0n : frame(ROOT), ...change }))
  mmu.pdptes.set([0, 0, (ROOT << 12) | 1, 0])
  const entryAt = (fromLast: number) => {
    const i = indexes.length - 1 - fromLast
    return g.peek(ROOT + i, indexes[i]! * size, size)
  }
  return { ...g, mmu, address, entryAt, go: (use: Use) => walked(mmu, address, use) }
}

describe('a walk', () => {
  it.each(MODES)('%s leads through all levels to a page of 4 KiB', mode => {
    const { go, dirty } = withPath(mode)
    expect([go(READ), go(WRITE), go(FETCH)]).toEqual(Array(3).fill({ gfn: PAGE }))
    expect(dirty()).toEqual([])
  })

  it.each([
    ['32-bit', 1, 0x40_0000n, 0x400 + 0x155],
    ['pae', 1, 0x60_0000n, 0x600 + 0xaa],
    ['4-level', 1, 0x60_0000n, 0x600 + 0xaa],
    ['5-level', 1, 0x60_0000n, 0x600 + 0xaa],
    ['4-level', 2, 0x4000_0000n, 0x40000 + (0x101 << 9) + 0xaa],
    ['5-level', 2, 0x4000_0000n, 0x40000 + (0x101 << 9) + 0xaa],
  ] as const)('%s ends %i levels early at a large page', (mode, early, page, gfn) => {
    const last = [page | OPEN | PS, ...Array<bigint>(early).fill(0n)]
    expect(withPath(mode, last).go(READ)).toEqual({ gfn })
  })

  it('without paging ends at the address itself', () => {
    const g = guest()
    expect(walked(g.mmu(registers('none')), 0xffff_f123n, FETCH)).toEqual({ gfn: 0xf_ffff })
  })

  it('reaches frames beyond 32 bits', () => {
    expect(withPath('4-level', [(0x3fff_ffffn << 12n) | OPEN]).go(READ)).toEqual({ gfn: 0x3fff_ffff })
    expect(withPath('pae', [(0x3_0000_0001n << 12n) | OPEN]).go(READ)).toEqual({ gfn: 0x3_0000_0001 })
    const pse36 = withPath('32-bit', [0x40_0000n | (0xfn << 13n) | OPEN | PS, 0n])
    expect(pse36.go(READ)).toEqual({ gfn: 0xf0_0400 + 0x155 })
  })

  it('ignores bit 7 of a 32-bit directory entry without CR4.PSE', () => {
    const { go } = withPath('32-bit', [frame(ROOT + 1) | OPEN | PS, frame(PAGE) | OPEN], { cr4: 0 })
    expect(go(READ)).toEqual({ gfn: PAGE })
  })
})

/** What an error code says, with NXE on at CPL 0: fetches have bit 4, writes bit 1. */
const codes = (bits: number) => [{ error: bits }, { error: bits | 2 }, { error: bits | 16 }]
const all = (go: (use: Use) => unknown) => [go(READ), go(WRITE), go(FETCH)]

describe('a walk faults', () => {
  const deep = MODES.flatMap(mode => PATHS[mode].indexes.map((_, fromLast) => [mode, fromLast] as const))
  const nx = (mode: Mode) => (mode === '32-bit' ? 0 : 16)

  it.each(deep)('%s, where the entry %i levels above the last is not present', (mode, fromLast) => {
    const { go, dirty } = withPath(mode, [OPEN & ~P, ...Array<bigint>(fromLast).fill(0n)])
    expect(all(go)).toEqual([{ error: 0 }, { error: 2 }, { error: nx(mode) }])
    expect(dirty()).toEqual([])
  })

  it.each(deep)(
    '%s, where the table below the entry %i levels above the last has no slot',
    (mode, fromLast) => {
      if (fromLast === 0) return // there is no table below
      const { go } = withPath(mode, [frame(300) | OPEN, ...Array<bigint>(fromLast).fill(0n)])
      expect(all(go)).toEqual([{ error: 0 }, { error: 2 }, { error: nx(mode) }])
    },
  )

  it('where a table is in an internal slot', () => {
    const g = guest({ internalIds: [40_000] })
    g.vm.internalSlot({ id: 40_000, gpa: frame(300), size: 4096n, hva: 0x9000_0000n })
    expect(walked(g.mmu(registers('4-level', { cr3: frame(300) })), 0n, READ)).toEqual({ error: 0 })
  })

  it('where a PDPTE is not present', () => {
    const { mmu, address } = withPath('pae')
    expect(walked(mmu, address & ~(3n << 30n), READ)).toEqual({ error: 0 })
  })
})

describe('reserved bits', () => {
  const M = 40n
  const cpu = { ...DEFAULT_PROCESSOR, maxPhyAddr: Number(M) }
  /** Which bits of the entry `fromLast` levels above the last end the walk with RSVD, beside `extra`. */
  const reservedIn = (
    mode: keyof typeof PATHS,
    fromLast: number,
    extra: bigint,
    processor = cpu,
    change: Partial<Registers> = {},
  ): number[] => {
    const found: number[] = []
    const { indexes, size } = PATHS[mode]
    const { mmu, address, poke } = withPath(mode, [], change)
    const i = indexes.length - 1 - fromLast
    const base = (extra & PS) !== 0n ? 0n : frame(fromLast === 0 ? PAGE : ROOT + i + 1)
    mmu.load(processor, registers(mode, { cr3: mode === 'pae' ? 0n : frame(ROOT), ...change }))
    for (let bit = 1n; bit < BigInt(size * 8); bit++) {
      poke(ROOT + i, indexes[i]! * size, base | OPEN | extra | (1n << bit), size)
      const end = walked(mmu, address, READ)
      if ('error' in end && (end.error & 8) !== 0) found.push(Number(bit))
    }
    return found
  }
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

  it('are those beyond MAXPHYADDR to 51 in long mode, and NX where it is off', () => {
    for (const mode of ['4-level', '5-level'] as const) {
      expect(reservedIn(mode, 0, 0n)).toEqual(range(40, 51))
      // Bit 7 makes a large page of a frame that is not aligned to one.
      expect(reservedIn(mode, 1, 0n)).toEqual([7, ...range(40, 51)])
      expect(reservedIn(mode, 0, 0n, cpu, { efer: LME | LMA })).toEqual([...range(40, 51), 63])
    }
  })

  it('reach bit 62 in PAE', () => {
    expect(reservedIn('pae', 0, 0n)).toEqual(range(40, 62))
    expect(reservedIn('pae', 1, 0n)).toEqual([7, ...range(40, 62)])
    expect(reservedIn('pae', 1, PS)).toEqual([...range(13, 20), ...range(40, 62)])
  })

  it('of large pages are the frame bits within, but for PAT', () => {
    expect(reservedIn('4-level', 1, PS)).toEqual([...range(13, 20), ...range(40, 51)])
    expect(reservedIn('4-level', 2, PS)).toEqual([...range(13, 29), ...range(40, 51)])
  })

  it('include bit 7 of the upper levels, and of level 3 without 1 GiB pages', () => {
    expect(reservedIn('4-level', 3, 0n)).toEqual([7, ...range(40, 51)])
    expect(reservedIn('5-level', 4, 0n)).toEqual([7, ...range(40, 51)])
    const small = { ...cpu, gigabytePages: false }
    expect(reservedIn('4-level', 2, 0n, small)).toEqual([7, ...range(40, 51)])
    expect(reservedIn('4-level', 3, 0n, { ...cpu, amd: true })).toEqual([7, 8, ...range(40, 51)])
    expect(reservedIn('5-level', 4, 0n, { ...cpu, amd: true })).toEqual([7, 8, ...range(40, 51)])
  })

  it('in 32-bit paging are 21 to 17 for KVM, and 21 to MAXPHYADDR − 19 by the manual', () => {
    expect(reservedIn('32-bit', 0, 0n)).toEqual([])
    expect(reservedIn('32-bit', 1, 0n)).toEqual([])
    expect(reservedIn('32-bit', 1, PS)).toEqual(range(17, 21))
    expect(reservedIn('32-bit', 1, PS, { ...cpu, byTheBook: true, maxPhyAddr: 36 })).toEqual(range(17, 21))
    expect(reservedIn('32-bit', 1, PS, { ...cpu, byTheBook: true, maxPhyAddr: 32 })).toEqual(range(13, 21))
    expect(reservedIn('32-bit', 1, PS, { ...cpu, byTheBook: true })).toEqual([21])
  })

  it('are checked after presence, and before any lower table is read', () => {
    const { go } = withPath('4-level', [frame(ROOT + 2) | OPEN | (1n << 46n), 0n, 0n])
    expect(all(go)).toEqual(codes(9))
    expect(withPath('4-level', [(1n << 46n) | (OPEN & ~P)]).go(READ)).toEqual({ error: 0 })
  })
})

describe('rights', () => {
  const user: Partial<Registers> = { cpl: 3 }

  it('of a user access are what all entries allow', () => {
    for (const fromLast of [0, 1, 2, 3]) {
      const below = [0, 1, 2]
        .slice(0, fromLast)
        .map(i => frame(i === fromLast - 1 ? PAGE : ROOT + 4 - fromLast + i + 1) | OPEN)
      const at = fromLast === 0 ? frame(PAGE) : frame(ROOT + 4 - fromLast)
      const noUser = withPath('4-level', [at | (OPEN & ~U), ...below], user)
      expect(all(noUser.go)).toEqual([{ error: 5 }, { error: 7 }, { error: 21 }])
      const readOnly = withPath('4-level', [at | (OPEN & ~W), ...below], user)
      expect(all(readOnly.go)).toEqual([{ gfn: PAGE }, { error: 7 }, { gfn: PAGE }])
      const noExecute = withPath('4-level', [at | OPEN | NX, ...below], user)
      expect(all(noExecute.go)).toEqual([{ gfn: PAGE }, { gfn: PAGE }, { error: 21 }])
    }
  })

  it('of a supervisor access are limited by CR0.WP, SMEP and SMAP', () => {
    const cr4 = PAE
    const at = frame(PAGE)
    const readOnly = at | (OPEN & ~W & ~U)
    expect(withPath('4-level', [readOnly]).go(WRITE)).toEqual({ gfn: PAGE })
    expect(withPath('4-level', [readOnly], { cr0: PG | (1 << 16) }).go(WRITE)).toEqual({ error: 3 })
    expect(withPath('4-level', [], { cr4: cr4 | SMEP }).go(FETCH)).toEqual({ error: 17 })
    expect(withPath('4-level', [at | (OPEN & ~U)], { cr4: cr4 | SMEP }).go(FETCH)).toEqual({ gfn: PAGE })
    expect(withPath('4-level', [], { ...user, cr4: cr4 | SMEP }).go(FETCH)).toEqual({ gfn: PAGE })
    expect(all(withPath('4-level', [], { cr4: cr4 | SMAP }).go)).toEqual([
      { error: 1 },
      { error: 3 },
      { gfn: PAGE },
    ])
    expect(all(withPath('4-level', [], { cr4: cr4 | SMAP, rflags: 1 << 18 }).go)).toEqual(
      Array(3).fill({ gfn: PAGE }),
    )
  })

  it('are checked after all entries are read: a missing lower entry is reported first', () => {
    const { go } = withPath('4-level', [frame(ROOT + 3) | (OPEN & ~U), 0n], user)
    expect(go(FETCH)).toEqual({ error: 0x14 })
  })

  it('that refuse a fetch set the fetch bit with NXE or SMEP, for KVM also without PAE', () => {
    const codeOf = (mode: keyof typeof PATHS, change: Partial<Registers>, byTheBook = false) => {
      const { mmu, address } = withPath(mode, [0n])
      mmu.load({ ...DEFAULT_PROCESSOR, byTheBook }, registers(mode, { cr3: frame(ROOT), ...change }))
      return walked(mmu, address, FETCH)
    }
    expect(codeOf('4-level', { efer: LME | LMA })).toEqual({ error: 0 })
    expect(codeOf('4-level', { efer: LME | LMA, cr4: PAE | SMEP })).toEqual({ error: 16 })
    expect(codeOf('32-bit', {})).toEqual({ error: 0 })
    expect(codeOf('32-bit', { efer: 1 << 11 })).toEqual({ error: 16 })
    expect(codeOf('32-bit', { efer: 1 << 11 }, true)).toEqual({ error: 0 })
    expect(codeOf('32-bit', { cr4: PSE | SMEP }, true)).toEqual({ error: 16 })
  })
})

describe('accessed and dirty bits', () => {
  const bare = P | W | U

  it.each(MODES)('%s are set in all entries of a walk that succeeds, and their tables marked', mode => {
    const { indexes } = PATHS[mode]
    const entries = indexes.map((_, i) => frame(i + 1 < indexes.length ? ROOT + i + 1 : PAGE) | bare)
    const { go, entryAt, dirty } = withPath(mode, entries)
    expect(go(FETCH)).toEqual({ gfn: PAGE })
    expect(entryAt(0)).toBe(frame(PAGE) | bare | A)
    for (let i = 1; i < indexes.length; i++) expect(entryAt(i) & (A | D)).toBe(A)
    expect(dirty()).toEqual([[ROOT, indexes.length]])
    expect(go(WRITE)).toEqual({ gfn: PAGE })
    expect(entryAt(0)).toBe(frame(PAGE) | bare | A | D)
    expect(entryAt(1) & D).toBe(0n)
    expect(dirty()).toEqual([[ROOT + indexes.length - 1, 1]])
    expect([go(READ), go(WRITE), dirty()]).toEqual([{ gfn: PAGE }, { gfn: PAGE }, []])
  })

  it('are not set if the access is refused', () => {
    const { go, entryAt, dirty } = withPath('4-level', [frame(PAGE) | P | W], { cpl: 3 })
    expect(go(READ)).toEqual({ error: 5 })
    expect([entryAt(0), dirty()]).toEqual([frame(PAGE) | P | W, []])
  })

  it('stay as they are in a read-only slot, and the access goes on', () => {
    const { go, entryAt, slot, dirty } = withPath('4-level', [frame(PAGE) | bare])
    slot(0, 0, 0, 0)
    slot(0, 0, 256, 0x7_f123_45f0, 3)
    expect([go(FETCH), go(WRITE)]).toEqual([{ gfn: PAGE }, { gfn: PAGE }])
    expect([entryAt(0), dirty()]).toEqual([frame(PAGE) | bare, []])
  })

  it('are set by compare-exchange, and the walk begins again if an entry has changed', () => {
    const { mmu, go, entryAt, poke } = withPath('4-level', [frame(PAGE) | bare])
    let lookUps = 0
    // The fifth lookup is for the accessed bit: by then the guest has mapped another page.
    mmu.beforeLookUp = () => {
      if (++lookUps === 5) poke(ROOT + 3, 0xaa * 8, frame(PAGE + 1) | bare)
    }
    expect(go(READ)).toEqual({ gfn: PAGE + 1 })
    expect(entryAt(0)).toBe(frame(PAGE + 1) | bare | A)
    expect(lookUps).toBe(10)
  })
})

it('the fast walk and the full walk agree, whatever the entries are', () => {
  const { mmu, poke, peek } = withPath('4-level')
  const draw = randomFrom(1)
  const bits = [
    P,
    W,
    U,
    A,
    D,
    PS,
    NX,
    1n << 12n,
    1n << 13n,
    1n << 21n,
    1n << 30n,
    1n << 43n,
    1n << 46n,
    1n << 52n,
  ]
  const { indexes, address } = PATHS['4-level']
  for (let i = 0; i < 5000; i++) {
    for (const [at, index] of indexes.entries()) {
      let entry = frame(at < 3 ? ROOT + at + 1 : PAGE) | OPEN
      while (draw(3) === 0) entry ^= bits[draw(bits.length)]!
      poke(ROOT + at, index * 8, entry)
    }
    const before = indexes.map((index, at) => peek(ROOT + at, index * 8))
    const use = draw(3) as Use
    mmu.beforeLookUp = null
    const fast = walked(mmu, address, use)
    const after = indexes.map((index, at) => peek(ROOT + at, index * 8))
    for (const [at, index] of indexes.entries()) poke(ROOT + at, index * 8, before[at]!)
    mmu.beforeLookUp = () => {}
    expect(walked(mmu, address, use)).toEqual(fast)
    expect(indexes.map((index, at) => peek(ROOT + at, index * 8))).toEqual(after)
  }
})
