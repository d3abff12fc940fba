import { describe, expect, it } from 'vitest'
import { deleteOf, setOf } from '../../spec/generate/index.js'
import { u64 } from '../../spec/terms/numbers.js'
import type { Operation, SetCall } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { begins, ends, judged, whole } from '../generate/records.js'
import type { TraceRecord } from '../wire/record.js'

/*
 * RSM makes two look-ups (`emulator_leave_smm`, then `load_pdptrs`) in one exit, which holds one SRCU read side: a deletion
 * or a move whose first swap comes after the first look-up makes its second swap after RSM. semantics.md, SMI and RSM.
 */

const OK: Seen = { is: 'ok' }
const RESTORED: Seen = { is: 'ok' }
const SHUT_DOWN: Seen = { is: 'ok', exception: { vector: 'triple fault' } }
/** Frame 0x10 of space 0 has PAE's top entries; frame 0x3f of space 1 the registers that an SMI saves. */
const TOPS = setOf([1, 0x10, 1, 0x100])
const SAVED: SetCall = { ...setOf([1, 0x3f, 1, 0x200]), as: 1 }
const OTHER = setOf([2, 0x20, 1, 0x180])
const put = (hva: bigint, data: string): Operation => ({ op: 'poke', hva: u64(hva), data })
const SOUND = put(0x100000n, '0110010000000000')
const RESERVED = put(0x100000n, 'ffffffffffffffff')
const IMPOSSIBLE = put(0x200f58n, '0000008000000000') // CR0 with PG and without PE
const POSSIBLE = put(0x200f58n, '0100008000000000')
const REGISTERS: Operation = {
  ...{ op: 'registers', vcpu: 0, cr0: u64(0x8000_0001), cr3: u64(0x10000), cr4: u64(0x20), efer: u64(0) },
  ...{ rflags: u64(2), cpl: 0, cs: { base: u64(0), limit: 0xffff_ffff, d: true, l: false } },
}
const SMI: Operation = { op: 'enter-smm', vcpu: 0, smbase: u64(0x30000) }
const RSM: Operation = { op: 'rsm', vcpu: 0 }

const START: readonly TraceRecord[] = [
  TOPS,
  SAVED,
  OTHER,
  { op: 'create-vcpu', vcpu: 0 } as const,
  { op: 'create-vcpu', vcpu: 1 } as const,
  SOUND,
  REGISTERS,
  SMI,
].flatMap((operation, i) => whole(100 + i, operation, OK))

/** `before`, then RSM in one thread, and what another one does before it ends. */
const rsm = (before: readonly Operation[], during: readonly Operation[], seen: Seen) =>
  judged(
    { profile: 'linux' },
    START,
    before.flatMap((operation, i) => whole(200 + i, operation, OK)),
    begins(1, RSM),
    during.flatMap((operation, i) => whole(300 + i, operation, OK)),
    ends(1, seen),
  ).is

describe('an RSM that overlaps what another thread does', () => {
  it('may read the registers saved before a write, and PAE’s top entries after it', () => {
    expect(rsm([RESERVED], [IMPOSSIBLE, SOUND], RESTORED)).toBe('conforms')
    expect(rsm([], [RESERVED, SOUND], SHUT_DOWN)).toBe('conforms')
  })

  it('reads no top entries before the registers', () => {
    expect(rsm([IMPOSSIBLE], [RESERVED, POSSIBLE], RESTORED)).toBe('deviates')
  })

  it('may see two changes of one swap, the second by its second look-up alone', () => {
    const gone = [deleteOf(1)]
    expect(rsm(gone, [IMPOSSIBLE, TOPS], RESTORED)).toBe('conforms')
    expect(rsm(gone, [IMPOSSIBLE], RESTORED)).toBe('deviates')
  })

  it('holds the second swap of a deletion that began after its first look-up', () => {
    // RSM can have read the registers only before the write, and the deletion cannot have returned while it held the set.
    expect(rsm([RESERVED], [IMPOSSIBLE, deleteOf(2), SOUND], RESTORED)).toBe('deviates')
  })

  it('does not hold a deletion that was in its window when RSM began', () => {
    const hole: Operation = { op: 'read', vcpu: 1, gfn: 0x20, offset: 0, size: 1, by: 'emulator' }
    const trace = [
      ...whole(200, RESERVED, OK),
      begins(2, deleteOf(2), 9),
      ...whole(3, hole, { is: 'access', end: 'mmio' }),
      begins(1, RSM),
      ...whole(4, IMPOSSIBLE, OK),
      ends(2, OK),
      ...whole(5, SOUND, OK),
      ends(1, RESTORED),
    ]
    expect(judged({ profile: 'linux' }, START, trace).is).toBe('conforms')
  })
})

describe('an exchange by the emulator whose load exits', () => {
  const DEVICE: SetCall = setOf([3, 0x30, 1, 0x300])
  const exchange: Operation = {
    ...{ op: 'rmw-virtual', vcpu: 1, gva: u64(0x30010), data: 'ff', by: 'emulator', device: 'd1' },
  }
  const unpaged: Operation = { ...(REGISTERS as object), vcpu: 1, cr0: u64(1), cr4: u64(0) } as Operation
  const out = [{ gpa: u64(0x30010), size: 1 }]
  /** The exchange in one thread, and what another one does before it ends; then what the page holds. */
  const exchanged = (during: readonly Operation[], seen: Seen, after: string) =>
    judged(
      { profile: 'linux' },
      START,
      whole(199, unpaged, OK),
      begins(2, exchange),
      during.flatMap((operation, i) => whole(300 + i, operation, OK)),
      ends(2, seen),
      whole(
        400,
        { op: 'read', vcpu: 1, gfn: 0x30, offset: 0x10, size: 1 },
        { is: 'access', end: 'data', data: after },
      ),
    ).is

  it('stores in a slot that has appeared and was written since, and answers what stood there', () => {
    const write = put(0x300010n, 'a5')
    const found: Seen = { is: 'access', end: 'mmio', data: 'a5', mmio: out }
    expect(exchanged([DEVICE, write], found, 'ff')).toBe('conforms')
    expect(exchanged([write, DEVICE], found, 'ff')).toBe('conforms')
    expect(exchanged([DEVICE, write], { ...found, data: 'd1' }, 'ff')).toBe('deviates')
    expect(exchanged([DEVICE, write], found, 'a5')).toBe('deviates')
  })
})
