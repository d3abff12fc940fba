import { describe, expect, it } from 'vitest'
import { machineAfter, machineOf, slotOf } from '../../generate/index.js'
import type { Cells } from '../../terms/cells.js'
import { u64 } from '../../terms/numbers.js'
import type { FetchPathOperation } from '../../terms/operation.js'
import { entryBytes } from '../../terms/paging/entry.js'
import type { Parameters } from '../../terms/parameters.js'
import { waysOf } from '../paths.js'
import { after as afterwards, LA, long, OPEN } from './four-level.fixture.js'

const HOST = 0x1000
const ROOT = 4
const INDEX = [0, 7, 5, 3, 2]
const rest = { op: 'set', as: 0, id: 1, gpa: u64(0), size: u64(0), hva: u64(0), flags: 0 } as const
const missing = { ...rest, id: 2 } as const
const back = {
  ...rest,
  id: 2,
  gpa: u64(ROOT * 4096),
  size: u64(4096),
  hva: u64((HOST + ROOT) * 4096),
} as const
const fetch: FetchPathOperation = {
  op: 'fetch-instruction',
  vcpu: 0,
  rip: u64(LA),
  length: 2,
  by: 'hardware',
}
const PF = { vector: '#PF', error: 0x10, cr2: LA }

/** A vCPU in long mode whose root table has a slot of its own. */
const start = (params: Partial<Parameters>): Cells => {
  const slots = [slotOf([1, 0, ROOT, HOST]), slotOf([2, ROOT, 1, HOST + ROOT]), slotOf([3, 16, 1, HOST + 16])]
  const machine = machineAfter(
    machineOf(slots, { profile: 'linux', ...params }),
    { op: 'create-vcpu', vcpu: 0 },
    ...[4, 3, 2, 1].map(
      level =>
        ({
          op: 'poke',
          hva: u64((HOST + level) * 4096 + (INDEX[level] ?? 0) * 8),
          data: entryBytes((BigInt(level === 1 ? 16 : level - 1) << 12n) | OPEN, 8),
        }) as const,
    ),
  )
  return afterwards(machine, long)
}
const last = (cells: Cells, operation = fetch): readonly (string | undefined)[] =>
  waysOf(cells, operation).map(({ rules }) => rules.at(-1)?.id)
const gone = (params: Partial<Parameters>) => machineAfter(start(params), missing)
const comeBack = (cells: Cells) => machineAfter(afterwards(cells, fetch), back)
const exceptionOf = (cells: Cells) => {
  const [way] = waysOf(cells, fetch)
  const returned = way?.cells.returned
  return returned?.is === 'access' ? returned.details?.exception : null
}

describe('a root that is missing for a while, below a second stage', () => {
  it('leaves the #PF queued on AMD up to 6.12, which is delivered once when the root is back', () => {
    for (const kernel of ['6.1', '6.12'] as const) {
      const cells = gone({ kernel, vendor: 'amd' })
      expect(last(cells)).toEqual(['delivery.loops', 'delivery.injected'])
      expect(last(afterwards(cells, fetch))).toEqual(['delivery.loops', 'delivery.injected'])
      const again = comeBack(cells)
      expect(exceptionOf(again)).toEqual(PF)
      expect(last(again)).toEqual(['delivery.delivers'])
      expect(last(afterwards(again, fetch))).toEqual(['fetch.bytes'])
    }
  })

  it('makes Intel’s exit again up to 6.12, until registers are loaded, and later delivers', () => {
    const old = comeBack(gone({ kernel: '6.12', vendor: 'intel' }))
    expect(last(old)).toEqual(['entry.stuck'])
    expect(last(afterwards(old, fetch))).toEqual(['entry.stuck'])
    expect(last(afterwards(old, long))).toEqual(['fetch.bytes'])
    expect(last(comeBack(gone({ kernel: '7.3', vendor: 'intel' })))).toEqual(['delivery.delivers'])
  })

  it('may be back by any of the three look-ups of it', () => {
    const amid = (after: number, kernel: '6.12' | '7.3' = '6.12') =>
      last(gone({ kernel, vendor: 'amd' }), { ...fetch, between: { after, operation: back } })
    expect(amid(0)).toEqual(['fetch.bytes'])
    expect(amid(1)).toEqual(['fetch.bytes'])
    expect(amid(2)).toEqual(['delivery.delivers'])
    expect(amid(3)).toEqual(['delivery.loops', 'delivery.injected'])
    expect(amid(2, '7.3')).toEqual(['delivery.delivers', 'delivery.loops'])
  })

  it('leaves no address where data found none, since the #PF is of the instruction', () => {
    const data: FetchPathOperation = { op: 'read-virtual', vcpu: 0, gva: u64(LA), size: 1, by: 'hardware' }
    const cells = afterwards(gone({ kernel: '6.12', vendor: 'amd' }), data)
    expect(cells.vcpus[0]?.queued).toEqual({ vector: '#PF' })
  })

  it('with shadow paging is forgotten on 6.1, and on pvm until a register of paging is given another value', () => {
    const shadow = (kernel: '6.1' | '7.3' | 'pvm') => comeBack(gone({ kernel, secondStage: 'shadow' }))
    expect(last(shadow('6.1'))).toEqual(['fetch.bytes'])
    expect(last(afterwards(shadow('7.3'), long))).toEqual(['fetch.bytes'])
    const pvm = shadow('pvm')
    expect(last(afterwards(pvm, long))).toEqual(['entry.stuck'])
    for (const other of [
      { cr3: u64(0x7000) },
      { cr0: u64(long.cr0 ^ 0x1_0000n) },
      { cr4: u64(long.cr4 ^ 0x10n) },
      { efer: u64(long.efer ^ 0x800n) },
    ])
      expect(last(afterwards(afterwards(pvm, { ...long, ...other }), long)), Object.keys(other)[0]).toEqual([
        'fetch.bytes',
      ])
    for (const same of [{ cpl: 3 }, { rflags: u64(0x4_0002) }])
      expect(last(afterwards(pvm, { ...long, ...same }))).toEqual(['entry.stuck'])
  })
})
