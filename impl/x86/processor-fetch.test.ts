import { describe, expect, it } from 'vitest'
import { RO } from '../memslots/slot.js'
import type { VmOptions } from '../options.js'
import { A, guest, NX, OPEN, PSE, registers, U } from './guest.fixture.js'
import { DEFAULT_PROCESSOR, type Registers } from './registers.js'

const frame = (gfn: number) => BigInt(gfn) << 12n
const ROOT = 1
const PAGE = 16

/**
 * A vCPU in 64-bit code, whose tables are frames 1 to 4 and whose linear pages 0 and 1 are frames 16 and 17, a slot
 * each.
 */
const running = (
  secondStage: 'tdp' | 'shadow',
  entries = OPEN,
  change: Partial<Registers> = {},
  options: VmOptions = {},
) => {
  const g = guest({ secondStage, internalIds: [32_764], ...options })
  g.slot(0, 0, 0, 0)
  for (const gfn of [1, 2, 3, 4, PAGE, PAGE + 1]) g.slot(gfn, gfn, 1, g.hostPage(gfn))
  for (const level of [1, 2, 3]) g.poke(level, 0, frame(level + 1) | entries)
  for (const page of [0, 1]) g.poke(4, 8 * page, frame(PAGE + page) | entries)
  g.poke(PAGE, 0xffe, 0x0b0fn, 2)
  const { linear } = g.vm.vcpu(0)
  linear.load(DEFAULT_PROCESSOR, registers('4-level', { cr3: frame(ROOT), ...change }))
  return { ...g, fetch: (length = 2) => linear.fetch(0xffen, length, 'hardware') }
}
type Running = ReturnType<typeof running>

const withdraw = (g: Running, gfn: number) => g.slot(gfn, gfn, 0, 0)
const makeReadOnly = (g: Running, gfn: number) => {
  withdraw(g, gfn)
  g.slot(gfn, gfn, 1, g.hostPage(gfn), RO)
}
const makeInternal = (g: Running, gfn: number) => {
  withdraw(g, gfn)
  g.vm.internalSlot({ id: 32_764, gpa: frame(gfn), size: 4096n, hva: frame(g.hostPage(gfn)) })
}
const take = (g: Running, gfn: number, rights: 'none' | 'read') =>
  g.vm.hostProtect({ hva: frame(g.hostPage(gfn)), size: 4096n, rights })

const bytes = { end: 'data', data: Uint8Array.of(0x0f, 0x0b) }
const pf = (error: number) => ({ end: 'fault', exception: { vector: '#PF', error, cr2: 0xffen } })
const efault = { end: 'exit', errno: 'EFAULT' }
const notEmulated = (...window: number[]) => ({
  end: 'exit',
  exit:
    window.length === 0
      ? { suberror: 1, ndata: 6, flags: 0 }
      : { suberror: 1, ndata: 8, flags: 1, bytes: Uint8Array.from(window) },
})

describe.each(['tdp', 'shadow'] as const)('a fetch by the processor, with %s,', secondStage => {
  it('gets the bytes it needs, from two pages if it needs both', () => {
    const g = running(secondStage)
    expect(g.fetch()).toEqual(bytes)
    expect(g.fetch(3)).toEqual({ end: 'data', data: Uint8Array.of(0x0f, 0x0b, 0) })
  })

  it('sets accessed bits if it succeeds, which writes the tables', () => {
    const g = running(secondStage, OPEN & ~A)
    expect(g.fetch()).toEqual(bytes)
    expect(g.peek(ROOT, 0) & A).toBe(A)
  })

  it('leaves a page without a slot to the emulator, which reports the bytes of the page before', () => {
    const first = running(secondStage)
    withdraw(first, PAGE)
    expect(first.fetch()).toEqual(notEmulated())
    const second = running(secondStage)
    withdraw(second, PAGE + 1)
    expect(second.fetch(3)).toEqual(notEmulated(0x0f, 0x0b))
    expect(second.fetch(2)).toEqual(bytes)
  })

  it('fails with EFAULT if the host cannot read the page', () => {
    const g = running(secondStage)
    take(g, PAGE, 'none')
    expect(g.fetch()).toEqual(efault)
  })

  it('takes a lower table without a slot for an entry that is not present', () => {
    const g = running(secondStage)
    withdraw(g, 3)
    expect(g.fetch()).toEqual(pf(0x10))
  })

  it('reads tables in read-only slots', () => {
    const g = running(secondStage, OPEN & ~A)
    makeReadOnly(g, 3)
    expect(g.fetch()).toEqual(bytes)
    expect(g.peek(3, 0) & A).toBe(0n)
  })
})

describe('below a second stage', () => {
  it('an internal slot is a table as any', () => {
    const g = running('tdp')
    makeInternal(g, 3)
    expect(g.fetch()).toEqual(bytes)
    const emulated = running('tdp')
    makeInternal(emulated, 3)
    makeReadOnly(emulated, 4)
    expect(emulated.fetch()).toEqual(pf(0x10)) // for the emulator's walk is KVM's own
  })

  it('every access to a table counts as a write', () => {
    const g = running('tdp')
    take(g, 3, 'read')
    expect(g.fetch()).toEqual(efault)
  })

  it('a table in a read-only slot goes to the emulator, whatever the host’s rights to its page', () => {
    const g = running('tdp')
    makeReadOnly(g, 3)
    take(g, 3, 'none')
    expect(g.fetch()).toEqual(pf(0x10))
  })

  it('without its root table the run never returns on AMD, and on Intel exits', () => {
    const ends = (options: VmOptions) => {
      const g = running('tdp', OPEN, {}, options)
      withdraw(g, ROOT)
      return g.fetch()
    }
    expect(ends({ vendor: 'amd' })).toEqual({ end: 'never returns' })
    const delivery = { end: 'exit', exit: { suberror: 3, ndata: 5 } }
    expect(ends({})).toEqual(delivery)
    expect(ends({ kernel: '6.1', vendor: 'intel' })).toEqual(delivery)
  })

  it('what a missing root leaves is met when the root is back, by kernel and vendor', () => {
    const later = (secondStage: 'tdp' | 'shadow', options: VmOptions) => {
      const g = running(secondStage, OPEN, {}, options)
      withdraw(g, ROOT)
      const lost = g.fetch()
      g.slot(ROOT, ROOT, 1, g.hostPage(ROOT))
      const next = g.fetch()
      const load = (root: number) =>
        g.vm.vcpu(0).linear.load(DEFAULT_PROCESSOR, registers('4-level', { cr3: frame(root) }))
      load(ROOT)
      const loaded = g.fetch()
      load(PAGE)
      load(ROOT)
      return { lost: lost.end, next, loaded, reloaded: g.fetch() }
    }
    const exit = { end: 'exit', exit: { suberror: 3, ndata: 5 } }
    const after = { loaded: bytes, reloaded: bytes }
    expect(later('tdp', { kernel: '6.12', vendor: 'amd' })).toEqual({
      ...{ lost: 'never returns', next: pf(0x10) },
      ...after,
    })
    expect(later('tdp', { kernel: '6.12', vendor: 'intel' })).toEqual({
      ...{ lost: 'exit', next: exit },
      ...after,
    })
    expect(later('tdp', { kernel: '7.3', vendor: 'amd' })).toEqual({
      ...{ lost: 'never returns', next: { end: 'never returns' } },
      ...after,
    })
    expect(later('shadow', { kernel: '6.1' })).toEqual({ ...{ lost: 'shutdown', next: bytes }, ...after })
    const down = { end: 'shutdown' }
    expect(later('shadow', { kernel: '7.3' })).toEqual({ ...{ lost: 'shutdown', next: down }, ...after })
    expect(later('shadow', { kernel: 'pvm' })).toEqual({
      ...{ lost: 'shutdown', next: down, loaded: down },
      reloaded: bytes,
    })
  })

  it('a missing root is forgotten on pvm by another CR0, CR4 or EFER too, and not by another CPL', () => {
    const fetchAfter = (other: Partial<Registers>) => {
      const g = running('shadow', OPEN, {}, { kernel: 'pvm' })
      withdraw(g, ROOT)
      g.fetch()
      g.slot(ROOT, ROOT, 1, g.hostPage(ROOT))
      const { linear } = g.vm.vcpu(0)
      linear.load(DEFAULT_PROCESSOR, registers('4-level', { cr3: frame(ROOT), ...other }))
      return g.fetch()
    }
    const { cr0, cr4, efer } = registers('4-level')
    for (const other of [{ cr0: (cr0 ^ (1 << 16)) >>> 0 }, { cr4: cr4 ^ PSE }, { efer: efer ^ (1 << 11) }])
      expect(fetchAfter(other), Object.keys(other)[0]).toEqual(bytes)
    expect(fetchAfter({ cpl: 3 })).toEqual({ end: 'shutdown' })
  })

  it('faults are those of the manual: the fetch bit of the error code needs PAE', () => {
    const g = guest()
    const { linear } = g.vm.vcpu(0)
    linear.load(DEFAULT_PROCESSOR, registers('32-bit', { cr3: frame(ROOT), cr4: PSE, efer: 1 << 11 }))
    expect(linear.fetch(0xffen, 1)).toEqual(pf(0x10))
    expect(linear.fetch(0xffen, 1, 'hardware')).toEqual(pf(0))
  })
})

describe('with shadowed tables', () => {
  it('neither an internal slot nor a host page that cannot be read is a table', () => {
    const internal = running('shadow')
    makeInternal(internal, 3)
    expect(internal.fetch()).toEqual(pf(0x10))
    const unreadable = running('shadow')
    take(unreadable, 3, 'none')
    expect(unreadable.fetch()).toEqual(pf(0x10))
  })

  it('without a root table in a user slot the guest shuts down', () => {
    const hole = running('shadow')
    withdraw(hole, ROOT)
    expect(hole.fetch()).toEqual({ end: 'shutdown' })
    const internal = running('shadow')
    makeInternal(internal, ROOT)
    expect(internal.fetch()).toEqual({ end: 'shutdown' })
  })

  it('a fetch without the right is refused', () => {
    expect(running('shadow', OPEN | NX).fetch()).toEqual(pf(0x11))
    expect(running('shadow', OPEN & ~U, { cpl: 3 }).fetch()).toEqual(pf(0x15))
  })
})
