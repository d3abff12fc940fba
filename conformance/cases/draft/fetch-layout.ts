import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { Operation, RegistersCall, SetCall } from '../../../spec/terms/operation.js'
import { entryBytes, entryIndex } from '../../../spec/terms/paging/entry.js'
import type { Paging } from '../../../spec/terms/paging/mode.js'
import { HOST, INTERNAL_ID, set } from './calls.js'

export const P = 1n
export const W = 1n << 1n
export const U = 1n << 2n
export const A = 1n << 5n
export const D = 1n << 6n
export const PS = 1n << 7n
export const NX = 1n << 63n
/** Present, writable, for users, and already accessed. */
export const OPEN = P | W | U | A | D

export type Tables = Exclude<Paging, 'none'>
export const TABLES: readonly Tables[] = ['32-bit', 'pae', '4-level', '5-level']

/** Levels whose entries lie in memory and have rights, root first. PAE's top entries are registers. */
export const LEVELS: Readonly<Record<Tables, readonly number[]>> = {
  '32-bit': [2, 1],
  pae: [2, 1],
  '4-level': [4, 3, 2, 1],
  '5-level': [5, 4, 3, 2, 1],
}

/** The table of each level is the frame of its number; above them lie the two pages of the instruction. */
export const PAGE_1 = 16
export const PAGE_2 = 17
/** PAE's top table. */
export const TOP = 6

/** An address that has another index at every level, and in whose page table there is room for the next. */
export const addressIn = (paging: Tables): bigint => {
  const low = (3n << 30n) | (5n << 21n) | (7n << 12n)
  if (paging === '4-level') return low | (2n << 39n)
  return paging === '5-level' ? low | (2n << 39n) | (1n << 48n) : low
}

const narrow = (paging: Tables): 4 | 8 => (paging === '32-bit' ? 4 : 8)

export const poke = (page: number, offset: number, data: string): Operation => ({
  op: 'poke',
  hva: u64(page * 4096 + offset),
  data,
})

/** Where the entry of an address stands in the table of a level. */
export const placeOf = (paging: Tables, level: number, la: bigint): number =>
  entryIndex(paging, level, la) * narrow(paging)

/** The host writes the entry of an address, into host pages from `host` on. */
export const putEntry = (
  paging: Tables,
  level: number,
  entry: bigint,
  { la = addressIn(paging), host = HOST }: { readonly la?: bigint; readonly host?: number } = {},
): Operation => poke(host + level, placeOf(paging, level, la), entryBytes(entry, narrow(paging)))

/** What an entry of a level points to when nothing is wrong. */
export const pointer = (level: number): bigint => BigInt(level === 1 ? PAGE_1 : level - 1) << 12n

/** Every entry of the address, as given or open, and the one of the next page. */
export const putTables = (
  paging: Tables,
  entries: Readonly<Record<number, bigint>> = {},
  second = (BigInt(PAGE_2) << 12n) | OPEN,
): readonly Operation[] => [
  ...LEVELS[paging].map(level => putEntry(paging, level, entries[level] ?? pointer(level) | OPEN)),
  putEntry(paging, 1, second, { la: addressIn(paging) + 4096n }),
]

const LEVEL_BITS = { pe: 1n, pg: 1n << 31n, wp: 1n << 16n }

export interface Wanted {
  readonly cpl?: number
  readonly nxe?: boolean
  readonly smep?: boolean
  readonly smap?: boolean
  readonly ac?: boolean
  readonly wp?: boolean
  readonly pse?: boolean
  readonly maxPhyAddr?: number
  readonly gigabytePages?: boolean
  readonly amd?: boolean
  /** Compatibility mode where long mode is on. */
  readonly compatibility?: boolean
}

/** Registers for a paging mode; without paging, flat 32-bit protected mode. */
export const registers = (paging: Paging, wanted: Wanted = {}): RegistersCall => {
  const { cpl = 0, nxe = true, smep = false, smap = false, ac = false, wp = true, pse = true } = wanted
  const long = paging === '4-level' || paging === '5-level'
  const bit = (on: boolean, n: number) => (on ? 1n << BigInt(n) : 0n)
  const cr0 = LEVEL_BITS.pe | (paging === 'none' ? 0n : LEVEL_BITS.pg) | (wp ? LEVEL_BITS.wp : 0n)
  const pae = paging === 'pae' || long
  const cr4 = bit(pse, 4) | bit(pae, 5) | bit(paging === '5-level', 12) | bit(smep, 20) | bit(smap, 21)
  const root = paging === 'none' ? 0 : paging === 'pae' ? TOP : (LEVELS[paging][0] ?? 0)
  const { maxPhyAddr = 46, gigabytePages = true, amd = false, compatibility = false } = wanted
  return {
    op: 'registers',
    vcpu: 0,
    cr0: u64(cr0),
    cr3: u64(root * 4096),
    cr4: u64(cr4),
    efer: u64(bit(long, 8) | bit(long, 10) | bit(nxe, 11)),
    rflags: u64(2n | bit(ac, 18)),
    cpl,
    cs: { base: u64(0), limit: 0xffff_ffff, d: !long || compatibility, l: long && !compatibility },
    cpu: { maxPhyAddr, gigabytePages, amd },
    ...(paging === 'pae' ? { pdptes: [0, 0, 0, (2 << 12) | 1].map(u64) } : {}),
  }
}

export type Backing = 'RW' | 'RO' | 'LOG' | 'missing' | 'internal'
const FLAGS = { RW: 0, RO: 2, LOG: 1 } as const

/** The slot of one frame, of its own, so that each can be there or not. */
export const slotOf = (frame: number, backing: 'RW' | 'RO' | 'LOG' = 'RW'): SetCall =>
  set({ id: frame, base: frame, npages: 1, hva: HOST + frame, flags: FLAGS[backing] })

/** The same as a slot of KVM's own. */
export const internalSlotOf = (frame: number): Operation => ({
  op: 'internal-slot',
  id: INTERNAL_ID,
  gpa: addressOf(frame),
  size: addressOf(1),
  hva: addressOf(HOST + frame),
})

export const FRAMES: readonly number[] = [1, 2, 3, 4, 5, TOP, PAGE_1, PAGE_2]

const EDGE = 64
const bytesAt = (page: number, offset: number): string =>
  Array.from({ length: EDGE }, (_, i) =>
    (((offset + i) * 7 + page) & 255).toString(16).padStart(2, '0'),
  ).join('')

/** Bytes at both ends of the two pages that differ by page and offset. */
export const CODE: readonly Operation[] = [PAGE_1, PAGE_2].flatMap(page =>
  [0, 4096 - EDGE].map(offset => poke(HOST + page, offset, bytesAt(page, offset))),
)

/** A VM with a slot for every table and page, a vCPU, and code. */
export const SETUP: readonly Operation[] = [
  { op: 'create-vcpu', vcpu: 0 },
  ...FRAMES.map(frame => slotOf(frame)),
  ...CODE,
]

export const fetch = (
  rip: bigint,
  length: number,
  rest: Partial<Extract<Operation, { op: 'fetch-instruction' }>> = {},
): Operation => ({ op: 'fetch-instruction', vcpu: 0, rip: u64(rip), length, ...rest })

/** What stands in the entry of an address by now. */
export const readBack = (paging: Tables, level: number, la = addressIn(paging)): Operation => ({
  op: 'read',
  vcpu: 0,
  gfn: level,
  offset: placeOf(paging, level, la),
  size: narrow(paging),
})
