import { describe, expect, it } from 'vitest'
import { type Guest, guest, registers } from './guest.fixture.js'
import { OK } from './mmu.js'
import { loadPdptes, REFUSED, reloadPdptes } from './pdptes.js'
import type { Processor } from './registers.js'

const AMD: Processor = { maxPhyAddr: 46, gigabytePages: true, amd: true, byTheBook: false }
/** The PDPTEs are in this frame, a little above its beginning. */
const FRAME = 5
const OFFSET = 0x40
const CR3 = BigInt(FRAME * 4096 + OFFSET)

const put = (g: Guest, ...entries: readonly bigint[]) =>
  entries.forEach((entry, i) => {
    g.poke(FRAME, OFFSET + 8 * i, entry)
  })
/** Reloads in a section of its own. */
const reloaded = (mmu: ReturnType<Guest['mmu']>) => {
  mmu.enter()
  const end = reloadPdptes(mmu)
  const { pdptesReloaded } = mmu
  mmu.leave()
  return { end, pdptesReloaded, tops: [...mmu.pdptes] }
}
const walker = (g: Guest, cr3 = CR3) => {
  const mmu = g.mmu(registers('pae', { cr3 }), AMD)
  mmu.load(AMD, registers('pae', { cr3 }))
  mmu.pdptes.set([0x1001, 0, 0, 0, 0, 0, 0, 0])
  return mmu
}
const BEFORE = [0x1001, 0, 0, 0, 0, 0, 0, 0]

describe('PDPTEs that are reloaded', () => {
  it('are all four, two words each', () => {
    const g = guest()
    put(g, 0x2001n, 0x3001n, 0x12_0000_4001n, 0n)
    expect(reloaded(walker(g))).toEqual({
      end: OK,
      pdptesReloaded: true,
      tops: [0x2001, 0, 0x3001, 0, 0x4001, 0x12, 0, 0],
    })
  })

  it('stay those of before if a present one has a reserved bit, and are read again next time', () => {
    const g = guest()
    const mmu = walker(g)
    for (const bad of [0x2003n, 0x2021n, (1n << 46n) | 1n, (1n << 63n) | 1n]) {
      put(g, 0x2001n, 0n, 0n, bad)
      expect(reloaded(mmu)).toEqual({ end: OK, pdptesReloaded: false, tops: BEFORE })
    }
    put(g, 0x2001n, 0n, 0n, 0x2002n)
    expect(reloaded(mmu)).toMatchObject({ pdptesReloaded: true })
  })

  it('stay those of before if CR3 is in no slot', () => {
    expect(reloaded(walker(guest(), BigInt(300 * 4096)))).toEqual({
      end: OK,
      pdptesReloaded: false,
      tops: BEFORE,
    })
  })

  it('may lie in a slot that is read-only', () => {
    const g = guest()
    g.slot(1, 400, 1, 0x9_0000, 2)
    g.vm.poke({ hva: BigInt(0x9_0000 * 4096), data: Uint8Array.of(1, 0x30) })
    const tops = [0x3001, 0, 0, 0, 0, 0, 0, 0]
    expect(reloaded(walker(g, BigInt(400 * 4096)))).toEqual({ end: OK, pdptesReloaded: true, tops })
  })

  it('stay those of before if the host cannot read them', () => {
    const g = guest()
    put(g, 0x2001n)
    g.vm.hostProtect({ hva: BigInt(g.hostPage(FRAME)) * 4096n, size: 4096n, rights: 'none' })
    expect(reloaded(walker(g))).toEqual({ end: OK, pdptesReloaded: false, tops: BEFORE })
  })
})

describe('PDPTEs that a load of CR3 reads', () => {
  it('are refused, and those of before stay, if one has a reserved bit', () => {
    const g = guest()
    const mmu = walker(g)
    const load = () => {
      mmu.enter()
      const end = loadPdptes(mmu, AMD, { cr3: CR3 })
      mmu.leave()
      return { end, tops: [...mmu.pdptes] }
    }
    put(g, 0x2001n, 0n, 0n, 0x2003n)
    expect(load()).toEqual({ end: REFUSED, tops: BEFORE })
    put(g, 0x2001n, 0n, 0n, 0n)
    expect(load()).toEqual({ end: OK, tops: [0x2001, 0, 0, 0, 0, 0, 0, 0] })
  })
})
