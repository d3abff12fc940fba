import { describe, expect, it } from 'vitest'
import { guest, HOST, OPEN, registers, walked } from '../x86/guest.fixture.js'
import { FETCH, WRITE } from '../x86/regime.js'
import { DEFAULT_PROCESSOR } from '../x86/registers.js'
import { HostPages } from './host-pages.js'
import { MAX_DENIED_RANGES } from './host-rights.js'

const rightsOf = () => HostPages.create(2 ** 18).rights

describe('the rights of host pages', () => {
  const FAR = 2 ** 51
  const shown = (rights: ReturnType<typeof rightsOf>, base = FAR) =>
    [0, 1, 2, 3]
      .map(i => `${rights.denies(base + i, false) ? '-' : 'r'}${rights.denies(base + i, true) ? '-' : 'w'}`)
      .join(' ')

  it('are those set last, for any page', () => {
    for (const base of [0, FAR]) {
      const rights = rightsOf()
      expect(shown(rights, base)).toBe('rw rw rw rw')
      rights.set(base, base + 3, 'none')
      rights.set(base + 1, base + 2, 'read')
      expect(shown(rights, base)).toBe('-- r- -- rw')
      rights.set(base + 1, base + 4, 'all')
      expect(shown(rights, base)).toBe('-- rw rw rw')
      rights.set(base, base + 4, 'all')
      expect(rights.isAny).toBe(false)
    }
  })

  it('have room for so many ranges, and one more changes nothing', () => {
    const rights = rightsOf()
    for (let i = 0; i < MAX_DENIED_RANGES; i++) expect(rights.set(2 * i, 2 * i + 1, 'none')).toBe(true)
    expect(rights.set(1, 2, 'read')).toBe(false)
    expect(rights.denies(1, true)).toBe(false)
    expect(rights.denies(2 * MAX_DENIED_RANGES - 2, false)).toBe(true)
    expect(rights.set(0, 2 * MAX_DENIED_RANGES, 'none')).toBe(true)
  })

  it('are seen by a thread that attaches to the pages', () => {
    const pages = HostPages.create(2 ** 18)
    const other = new HostPages(pages.handle)
    const { turn } = other.rights
    pages.rights.set(7, 8, 'none')
    expect(other.rights.denies(7, false)).toBe(true)
    expect(other.rights.turn).not.toBe(turn)
  })
})

describe('a guest whose host takes rights from its pages', () => {
  const bytes = (pages: number) => BigInt(pages) << 12n
  const protect = (g: ReturnType<typeof guest>, gfn: number, rights: 'none' | 'read' | 'all') =>
    g.vm.hostProtect({ hva: bytes(g.hostPage(gfn)), size: bytes(1), rights })
  const mapped = () => {
    const g = guest()
    for (const table of [1, 2, 3]) g.poke(table, 0, bytes(table + 1) | OPEN)
    g.poke(4, 0, bytes(16) | OPEN)
    g.poke(16, 0, 0x0b0fn, 2)
    return g
  }
  const long = registers('4-level', { cr3: bytes(1) })

  it('walks no table that cannot be read, and sets no bit that cannot be written', () => {
    const g = mapped()
    const mmu = g.mmu(long)
    expect(walked(mmu, 0n, FETCH)).toEqual({ gfn: 16 })
    protect(g, 3, 'none')
    expect(walked(mmu, 0n, FETCH)).toEqual({ error: 0x10 })
    protect(g, 3, 'read')
    expect(walked(mmu, 0n, FETCH)).toEqual({ gfn: 16 })
    g.poke(4, 0, bytes(16) | (OPEN & ~64n))
    protect(g, 4, 'read')
    expect(walked(mmu, 0n, WRITE)).toEqual({ error: 2 })
    expect(g.peek(4, 0)).toBe(bytes(16) | (OPEN & ~64n))
  })

  it('uses no translation that was cached before', () => {
    const g = mapped()
    const { linear } = g.vm.vcpu(0)
    linear.load(DEFAULT_PROCESSOR, long)
    const data = { end: 'data', data: Uint8Array.of(0x0f, 0x0b) }
    expect([linear.fetch(0n, 2), linear.read(0n, 2)]).toEqual([data, data])
    protect(g, 16, 'none')
    expect(linear.fetch(0n, 2)).toEqual({ end: 'exit', exit: { suberror: 1, ndata: 6, flags: 0 } })
    expect([linear.read(0n, 2), linear.write(0n, Uint8Array.of(1))]).toMatchObject([
      { end: 'mmio' },
      { end: 'mmio' },
    ])
    protect(g, 16, 'all')
    expect(linear.fetch(0n, 2)).toEqual(data)
  })

  it('ends KVM_RUN with EFAULT, and marks nothing, where it needs the right itself', () => {
    const g = mapped()
    protect(g, 20, 'read')
    const place = { gfn: 20, offset: 0 }
    expect(g.vm.read({ vcpu: 0, ...place, size: 1 }).end).toBe('data')
    for (const access of ['write', 'rmw'] as const)
      expect(g.vm[access]({ vcpu: 0, ...place, data: Uint8Array.of(1) })).toEqual({
        end: 'exit',
        errno: 'EFAULT',
      })
    expect(g.vm.kernelAccess({ write: true, ...place, data: Uint8Array.of(1) })).toEqual({
      end: 'fault',
      errno: 'EFAULT',
    })
    expect(g.dirty()).toEqual([])
    protect(g, 20, 'none')
    expect(g.vm.fetch({ vcpu: 0, ...place, size: 1 })).toEqual({ end: 'exit', errno: 'EFAULT' })
    expect(g.vm.walk({ vcpu: 0, ...place })).toEqual({ end: 'fault' })
  })

  it('has its rights changed by whole pages only', () => {
    const { vm } = guest()
    const ask = (hva: bigint, size: bigint) => vm.hostProtect({ hva, size, rights: 'none' })
    const at = bytes(HOST)
    for (const [hva, size] of [
      [at + 1n, 4096n],
      [at, 1n],
      [at, 0n],
      [(1n << 64n) - 4096n, 8192n],
    ] as const)
      expect(ask(hva, size)).toEqual({ errno: 'EINVAL' })
    expect(ask((1n << 64n) - 4096n, 4096n)).toEqual({ generation: vm.generation(0) })
  })
})
