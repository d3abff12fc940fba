import { step } from '../rewrite/index.js'
import { callRelation } from '../rules/calls.js'
import { type Cells, initialMachine } from '../terms/cells.js'
import { addressOf, generation, gfn, hvaPage, slotId, u64 } from '../terms/numbers.js'
import { type BatchCall, type BatchEntry, HARVEST, type Operation, type SetCall } from '../terms/operation.js'
import { noPages, ofRuns, type PageSet } from '../terms/page-set.js'
import { defaultParameters, type Parameters } from '../terms/parameters.js'
import type { Result } from '../terms/result.js'
import { GUEST_MEMFD, LOG, RO, type Slot } from '../terms/slot.js'
import { type Space, sorted } from '../terms/space.js'

/** A slot in short: id, base, pages, first host page, and flags out of `L`, `R` and `G`. */
export type Brief = readonly [id: number, base: number, npages: number, hva: number, flags?: string]

/** The slot a brief stands for, with these pages of it dirty where it is logged. */
export const slotOf = ([id, base, npages, hva, flags = '']: Brief, dirty: readonly number[] = []): Slot => ({
  id: slotId(id),
  base: gfn(base),
  npages,
  hva: hvaPage(hva),
  log: flags.includes('L'),
  ro: flags.includes('R'),
  gmem: flags.includes('G'),
  dirty: flags.includes('L') ? { set: pages(...dirty), maybe: noPages } : null,
  since: generation(0),
})

export const briefOf = ({ id, base, npages, hva, log, ro, gmem }: Slot): Brief => {
  const flags = `${log ? 'L' : ''}${ro ? 'R' : ''}${gmem === false ? '' : 'G'}`
  return flags === '' ? [id, base, npages, hva] : [id, base, npages, hva, flags]
}

/** The set of these pages, each named. */
export const pages = (...indices: readonly number[]): PageSet =>
  ofRuns(indices.map(index => [index, 1] as const))

/** A space of these slots, its logs clear. */
export const spaceOf = (...briefs: readonly Brief[]): Space => ({
  slots: sorted(briefs.map(brief => slotOf(brief))),
  swaps: 0,
})

/** A machine at rest with these slots in space 0, and none elsewhere; of Linux 7.3, so that a call has one answer. */
export const machineOf = (
  slots: readonly Slot[],
  params: Partial<Parameters> = {},
  rest: Partial<Cells> = {},
): Cells => {
  const machine = initialMachine({ ...defaultParameters, kernel: '7.3', ...params })
  return { ...machine, spaces: machine.spaces.with(0, { slots: sorted(slots), swaps: 0 }), ...rest }
}

/** The call that asks for the slot of a brief in space 0, changed where `but` says so. */
export const setOf = ([id, base, npages, hva, flags = '']: Brief, but: Partial<SetCall> = {}): SetCall => ({
  op: 'set',
  as: 0,
  id,
  gpa: addressOf(base),
  size: addressOf(npages),
  hva: addressOf(hva),
  flags:
    (flags.includes('L') ? LOG : 0) |
    (flags.includes('R') ? RO : 0) |
    (flags.includes('G') ? GUEST_MEMFD : 0),
  ...but,
})

export const deleteOf = (id: number, but: Partial<SetCall> = {}): SetCall => setOf([id, 0, 0, 0], but)

/** The entry that sets the slot of a brief. */
export const entryOf = (brief: Brief, but: Partial<BatchEntry> = {}): BatchEntry => {
  const { op: _, as: __, ...region } = setOf(brief)
  return { do: 'set', ...region, ...but }
}

export const batchOf = (entries: readonly BatchEntry[], but: Partial<BatchCall> = {}): BatchCall => ({
  op: 'batch',
  as: 0,
  flags: HARVEST,
  resultSize: u64(1 << 20),
  entries,
  ...but,
})

/** What the rules make of an operation where they allow one outcome only. */
export interface Taken {
  readonly rule: string
  readonly errno: string | null
  readonly returned: Result
  readonly cells: Cells
  readonly slots: readonly Slot[]
}

export const take = (cells: Cells, call: Operation): Taken => {
  const ways = step(callRelation(cells.params), { ...cells, call, returned: null })
  const [only] = ways
  if (only === undefined || ways.length > 1) throw new Error(`${ways.length} rules apply to ${call.op}`)
  const returned = only.cells.returned as Result // every rule of a call ends in a result
  return {
    rule: only.rule.id,
    errno: returned.is === 'error' ? returned.errno : null,
    returned,
    cells: only.cells,
    slots: only.cells.spaces['as' in call ? call.as : 0]?.slots ?? [],
  }
}

/** The machine after operations that each have one outcome. */
export const machineAfter = (cells: Cells, ...calls: readonly Operation[]): Cells =>
  calls.reduce((at, call) => take(at, call).cells, cells)
