import { describe, expect, it } from 'vitest'
import { machineAfter } from '../../generate/index.js'
import type { Cells } from '../../terms/cells.js'
import { u64 } from '../../terms/numbers.js'
import type { Operation, RegistersCall } from '../../terms/operation.js'
import { entryBytes } from '../../terms/paging/entry.js'
import { defaultCpu } from '../../terms/paging/registers.js'
import { pathsOf } from '../paths.js'
import { long, start } from '../walk/four-level.fixture.js'
import { DEMANDS, isPossible } from './possible.js'

/** The rule that answers, the answer, and the registers that the vCPU has afterwards. */
const outcome = (call: RegistersCall, cells: Cells = start()) => {
  const ways = pathsOf(cells, call)
  const [way] = ways
  if (ways.length > 1) throw new Error(`${ways.length} rules apply`)
  const returned = way?.cells.returned
  return {
    rule: way?.rules.at(-1)?.id,
    errno: returned?.is === 'error' ? returned.errno : null,
    exception: returned?.is === 'loaded' ? returned.exception : null,
    cells: { ...(way?.cells as Cells), returned: null },
    image: way?.cells.vcpus[0]?.image,
  }
}
const change = (with_: Partial<RegistersCall>): RegistersCall => ({ ...long, ...with_ })

/** For each demand registers that fail it and no other: kvm-memslots and x86-fetch have them from the manuals. */
const BROKEN: Readonly<Record<string, RegistersCall>> = {
  'registers.beyond-32-bits': change({ cr4: u64((1n << 32n) | 0x20n) }),
  'registers.flags-beyond-32-bits': change({ rflags: u64(1n << 32n) }),
  'registers.nw-without-cd': change({ cr0: u64(0xa001_0001) }),
  'registers.pg-without-pe': change({ cr0: u64(0x8000_0000) }),
  'registers.lma-not-as-enabled': change({ efer: u64(0x900) }),
  'registers.lma-without-pae': change({ cr4: u64(0) }),
  'registers.vm-in-long-mode': change({ rflags: u64(0x2_0002), cpl: 3 }),
  'registers.vm-outside-cpl-3': change({ cr0: u64(1), efer: u64(0), rflags: u64(0x2_0002) }),
  'registers.cr3-beyond-maxphyaddr': change({ cr3: u64((1n << 46n) | 0x4000n) }),
}

describe('registers', () => {
  it.each(DEMANDS.map(({ id }) => id))('that break %s, and nothing else, are refused by it', id => {
    const call = BROKEN[id] ?? long
    expect(DEMANDS.filter(({ holds }) => !holds(call, defaultCpu)).map(demand => demand.id)).toEqual([id])
    expect(isPossible(call, defaultCpu)).toBe(false)
    const { rule, errno, image } = outcome(call)
    expect([rule, errno, image?.cr3]).toEqual([id, 'EINVAL', long.cr3])
  })

  it('may turn the cache off, with or without write-through', () => {
    for (const cr0 of [0xc001_0001, 0xe001_0001])
      expect(outcome(change({ cr0: u64(cr0) })).rule).toBe('registers.load')
  })

  it('that break several demands are refused for the first', () => {
    const { rule } = outcome(change({ cr0: u64(0x1_8000_0000n), efer: u64(0x900) }))
    expect(rule).toBe('registers.beyond-32-bits')
  })

  it('are loaded only into a vCPU that exists', () => {
    const { rule, errno } = outcome(change({ vcpu: 1, cr4: u64(0) }))
    expect([rule, errno]).toEqual(['registers.no-vcpu', 'ENOENT'])
  })

  it('may have any CR3 outside long mode, and any MAXPHYADDR that reaches it', () => {
    expect(outcome(change({ efer: u64(0), cr4: u64(0), cr3: u64(1n << 63n) })).rule).toBe('registers.load')
    const cpu = { ...defaultCpu, maxPhyAddr: 52 }
    expect(outcome(change({ cpu, cr3: u64((1n << 46n) | 0x4000n) })).image?.cpu).toEqual(cpu)
  })
})

/** PAE paging, its top entries in the middle of frame 4. */
const ROOT = 0x4820n
const pae = (with_: Partial<RegistersCall> = {}) => change({ efer: u64(0x800), cr3: u64(ROOT), ...with_ })
const tops = (...entries: readonly bigint[]): Operation => ({
  op: 'poke',
  hva: u64(0x1000n * 4096n + ROOT),
  data: entries.map(entry => entryBytes(entry, 8)).join(''),
})
const FOUR = [0x1001n, 0n, 0x2001n, 0x3001n]
/** Bit 1 of a top entry is reserved, and counts where the entry is present. */
const RESERVED = 2n

describe('the top entries of PAE', () => {
  it('are read at CR3 once, and do not change with that memory', () => {
    const { rule, image, cells } = outcome(pae(), machineAfter(start(), tops(...FOUR)))
    expect([rule, image?.pdptes]).toEqual(['registers.load-pdptes', FOUR])
    expect(machineAfter(cells, tops(0n, 0n, 0n, 0n)).vcpus[0]?.image?.pdptes).toEqual(FOUR)
  })

  it('may be given instead, and are not read then', () => {
    const { rule, image } = outcome(pae({ pdptes: FOUR.map(u64), cr3: u64(0x100_0000) }))
    expect([rule, image?.pdptes]).toEqual(['registers.load-given', FOUR])
  })

  it.each<[string, string, RegistersCall, readonly Operation[]]>([
    ['without a slot', 'registers.pdptes-no-slot', pae({ cr3: u64(0x100_0000) }), []],
    ['with a reserved bit', 'registers.pdptes-reserved', pae(), [tops(1n, 1n, 1n, 1n | RESERVED)]],
    ['given with one', 'registers.given-reserved', pae({ pdptes: [0n, 0n, 0n, 1n | RESERVED].map(u64) }), []],
    [
      'that the host cannot read',
      'registers.pdptes-bad-hva',
      pae(),
      [{ op: 'host-protect', hva: u64(0x1004 * 4096), size: u64(4096), rights: 'none' }],
    ],
  ])('%s are #GP(0), and the registers stay as they were', (_, id, call, before) => {
    const { rule, exception, image } = outcome(call, machineAfter(start(), ...before))
    expect([rule, exception, image?.cr3]).toEqual([id, { vector: '#GP', error: 0 }, long.cr3])
  })

  it('may have any bit where they are not present', () => {
    expect(outcome(pae(), machineAfter(start(), tops(RESERVED, 0n, 0n, 1n << 63n))).rule).toBe(
      'registers.load-pdptes',
    )
  })
})
