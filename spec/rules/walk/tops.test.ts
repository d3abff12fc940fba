import { describe, expect, it } from 'vitest'
import { machineAfter, machineOf, slotOf } from '../../generate/index.js'
import type { Cells } from '../../terms/cells.js'
import { u64 } from '../../terms/numbers.js'
import type { FetchPathOperation, RegistersCall } from '../../terms/operation.js'
import { waysOf } from '../paths.js'
import { after as afterwards } from './four-level.fixture.js'

/** The top entries are in frame 6, a directory with one large page in frame 2. */
const TOP = 6
const HOST = 0x1000
const pae: RegistersCall = {
  op: 'registers',
  vcpu: 0,
  cr0: u64(0x8000_0001),
  cr3: u64(TOP * 4096 + 0x20),
  cr4: u64(0x20),
  efer: u64(0),
  rflags: u64(2),
  cpl: 0,
  cs: { base: u64(0), limit: 0xffff_ffff, d: true, l: false },
  cpu: { maxPhyAddr: 46, gigabytePages: true, amd: true },
  pdptes: [0, 0, 0, 0].map(u64),
}
const poke = (cells: Cells, page: number, offset: number, data: string): Cells =>
  machineAfter(cells, { op: 'poke', hva: u64((HOST + page) * 4096 + offset), data })
const top = (cells: Cells, gigabyte: number, data: string): Cells =>
  poke(cells, TOP, 0x20 + 8 * gigabyte, data)
const SOUND = '0120000000000000'
const RESERVED = '0320000000000000'

/** Loaded with no top entry present; by now memory has one for the first gigabyte. */
const start = (slots = [slotOf([1, 0, 32, HOST, ''])]): Cells => {
  const machine = machineAfter(machineOf(slots), { op: 'create-vcpu', vcpu: 0 })
  return top(poke(afterwards(machine, pae), 2, 0, 'e700000000000000'), 0, SOUND)
}
const translate = { op: 'translate', vcpu: 0, gva: u64(0x20), access: 'read' } as const
const rulesOf = (cells: Cells, operation: FetchPathOperation = translate): readonly string[] =>
  waysOf(cells, operation)[0]?.rules.map(({ id }) => id) ?? []
const topsIn = (cells: Cells) => cells.vcpus[0]?.image?.pdptes

describe('PAE’s top entries below AMD’s nested paging', () => {
  it('are loaded by KVM’s walker from memory at CR3, all four, and stay the vCPU’s', () => {
    const cells = start()
    expect(topsIn(cells)).toEqual([0n, 0n, 0n, 0n])
    expect(rulesOf(cells)).toEqual(expect.arrayContaining(['walk.pae-reload', 'pdptes.loaded', 'walk.pae']))
    expect(topsIn(afterwards(cells, translate))).toEqual([0x2001n, 0n, 0n, 0n])
  })

  it('stay those of before where a present one has a reserved bit, be it another gigabyte’s', () => {
    const cells = top(start(), 2, RESERVED)
    expect(rulesOf(cells)).toContain('pdptes.kept-reserved')
    expect(topsIn(afterwards(cells, translate))).toEqual([0n, 0n, 0n, 0n])
    expect(rulesOf(cells).slice(-2)).toEqual(['walk.pae-absent', 'fault.page'])
    expect(rulesOf(top(start(), 2, '0220000000000000'))).toContain('pdptes.loaded')
  })

  it('stay those of before where CR3 points into a hole, or the host cannot read the page', () => {
    const without = start([slotOf([1, 0, TOP, HOST, ''])])
    expect(rulesOf(without)).toContain('pdptes.kept-no-slot')
    const hva = u64((HOST + TOP) * 4096)
    const hidden = machineAfter(start(), { op: 'host-protect', hva, size: u64(4096), rights: 'none' })
    expect(rulesOf(hidden)).toContain('pdptes.kept-bad-hva')
  })

  it('are asked of memory once for a fetch, though it lies on two pages', () => {
    const rip = u64(0xfff)
    const rules = rulesOf(start(), { op: 'fetch-instruction', vcpu: 0, rip, length: 2 })
    expect(rules.filter(id => id === 'walk.pae-reload')).toHaveLength(1)
    expect(rules.filter(id => id === 'walk.pae')).toHaveLength(2)
  })

  it('are none of the processor’s, which reads the one it needs as it reads any table', () => {
    const fetch: FetchPathOperation = {
      op: 'fetch-instruction',
      vcpu: 0,
      rip: u64(0x20),
      length: 2,
      by: 'hardware',
    }
    const cells = top(start(), 2, RESERVED)
    expect(rulesOf(cells, fetch)).toContain('walk.pae-from-memory')
    expect(rulesOf(cells, fetch).at(-1)).toBe('fetch.bytes')
    expect(topsIn(afterwards(cells, fetch))).toEqual([0n, 0n, 0n, 0n])
  })

  it('are registers elsewhere: what memory says by now changes nothing', () => {
    const intel: FetchPathOperation = { ...pae, cpu: { maxPhyAddr: 46, gigabytePages: true, amd: false } }
    const cells = afterwards(start(), intel)
    expect(rulesOf(cells)).not.toContain('walk.pae-reload')
    expect(rulesOf(cells).slice(-2)).toEqual(['walk.pae-absent', 'fault.page'])
  })
})
