import { batchOf, entryOf, machineAfter, machineOf, slotOf } from '../../generate/index.js'
import type { Cells } from '../../terms/cells.js'
import { hvaPage, u64 } from '../../terms/numbers.js'
import type { BatchEntry, Between, FetchInstruction, RegistersCall } from '../../terms/operation.js'
import { entryBytes, readEntry } from '../../terms/paging/entry.js'
import type { Parameters } from '../../terms/parameters.js'
import { type Path, waysOf } from '../paths.js'

/** 32-bit paging: the frames of the directory, of the table, and of both pages of an instruction, a slot each. */
export const [TABLE, ROOT, PAGE_1, PAGE_2] = [1, 2, 3, 4] as const
export const HOST = 0x1000
const OPEN = 0x67
export const UNACCESSED = 0x47

const registers: RegistersCall = {
  op: 'registers',
  vcpu: 0,
  cr0: u64(0x8001_0001),
  cr3: u64(ROOT * 4096),
  cr4: u64(0),
  efer: u64(0),
  rflags: u64(2),
  cpl: 0,
  cs: { base: u64(0), limit: 0xffff_ffff, d: true, l: false },
}

const machine = (params: Partial<Parameters>, bits: number, without: number): Cells => {
  const put = (table: number, index: number, frame: number) =>
    ({
      op: 'poke',
      hva: u64((HOST + table) * 4096 + index * 4),
      data: entryBytes(BigInt(frame * 4096 + bits), 4),
    }) as const
  const frames = [TABLE, ROOT, PAGE_1, PAGE_2].filter(frame => frame !== without)
  const cells = machineAfter(
    machineOf(
      frames.map(frame => slotOf([frame, frame, 1, HOST + frame])),
      params,
    ),
    { op: 'create-vcpu', vcpu: 0 },
    ...[put(ROOT, 0, TABLE), put(TABLE, 0, PAGE_1), put(TABLE, 1, PAGE_2)],
  )
  const [way] = waysOf(cells, registers)
  return { ...(way?.cells as Cells), returned: null } // registers are loaded in one way
}

export interface Asked extends Partial<Pick<FetchInstruction, 'by'>> {
  /** Look-ups made before the change: of directory, table and page, once for each page. */
  readonly after?: number
  /** Flags of every entry. */
  readonly bits?: number
  readonly params?: Partial<Parameters>
  /** A frame whose slot is not there at first. */
  readonly without?: number
}

/** The ways of a fetch over both pages while the slots change. */
export const waysAmid = (
  operation: Between['operation'],
  { after = 0, bits = OPEN, by = 'emulator', params = {}, without = 0 }: Asked = {},
): readonly Path[] =>
  waysOf(machine(params, bits, without), {
    op: 'fetch-instruction',
    vcpu: 0,
    rip: u64(0xffe),
    length: 4,
    by,
    between: { after, operation },
  })

/** Of each way, the rules that say what a change does to it, and how it ends. */
export const endings = (ways: readonly Path[]): readonly string[] =>
  ways.map(({ rules }) => {
    const ids = rules.map(({ id }) => id)
    return [...ids.filter(id => /^(fetch-atomic|retry|invalid|cached)\./.test(id)), ids.at(-1)].join(' > ')
  })

/** Those that nothing was cached for. */
export const lookedUp = (ways: readonly Path[]): readonly Path[] =>
  ways.filter(({ rules }) => rules.every(({ id }) => !id.startsWith('cached.')))

export const basesAfter = ({ cells }: Path): readonly number[] =>
  (cells.spaces[0]?.slots ?? []).map(({ base }) => base)

/** The flags of an entry of the table by now. */
export const flagsAfter = ({ cells }: Path, index: number): number =>
  Number(readEntry(cells.memory, hvaPage(HOST + TABLE), index * 4, 4) & 0xfffn)

export const gone = (id: number): BatchEntry => ({ ...entryOf([id, 0, 0, 0]), do: 'remove' })
export const inOneBatch = (...entries: readonly BatchEntry[]) =>
  batchOf(entries, { flags: 0, resultSize: u64(0) })
