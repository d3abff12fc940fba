import { printResult } from '../../oracle/verdict/print.js'
import { pathsOf } from '../../spec/rules/paths.js'
import type { Cells } from '../../spec/terms/cells.js'
import type { FetchPathOperation } from '../../spec/terms/operation.js'
import { finalFrame, frameOf, isLarge, keyOf } from '../../spec/terms/paging/entry.js'
import { regimeOf } from '../../spec/terms/paging/regime.js'
import { slotAt } from '../../spec/terms/space.js'
import type { Walking } from '../../spec/terms/walking.js'
import type { WalkReport } from '../reports/walk/codec.js'

const hex = (n: bigint | number): string => `0x${n.toString(16)}`

const NAMES: readonly (readonly [bit: number, name: string])[] = [
  [0, 'P'],
  [1, 'W'],
  [2, 'U'],
  [3, 'PWT'],
  [4, 'PCD'],
  [5, 'A'],
  [6, 'D'],
  [7, 'PS'],
  [8, 'G'],
  [63, 'NX'],
]

/** The protection key of a page where keys are in use, and what PKRU denies of it. */
const keyNames = (entry: bigint, pkru: bigint): readonly string[] => {
  const key = keyOf(entry)
  const bits = pkru >> BigInt(2 * key)
  return [[`key ${key}`, ...(bits & 1n ? ['AD'] : []), ...(bits & 2n ? ['WD'] : [])].join(' ')]
}

/** The bits of an entry by name, in order; a bit that is set and has no name by its number. */
const namesOf = (entry: bigint, level: number, pkru: bigint | null): readonly string[] => [
  ...NAMES.flatMap(([bit, name]) =>
    (entry >> BigInt(bit)) & 1n ? [bit === 7 && level === 1 ? 'PAT' : name] : [],
  ),
  ...[9, 10, 11, ...Array.from({ length: pkru === null ? 11 : 7 }, (_, i) => 52 + i)].flatMap(bit =>
    (entry >> BigInt(bit)) & 1n ? [`bit ${bit}`] : [],
  ),
  ...(pkru === null ? [] : keyNames(entry, pkru)),
]

const slotText = (cells: Cells, as: number, gfn: number): string => {
  const space = cells.spaces[as]
  const slot = space === undefined ? null : slotAt(space, gfn)
  return slot === null ? 'none' : `${slot.id}${slot.ro ? ' RO' : ''}${slot.log ? ' LOG' : ''}`
}

const isWalking = (cells: Cells): cells is Walking => 'walk' in cells

/** Every entry that was read, in order, with the rights that are left after it. */
const levelsOf = (states: readonly Cells[]): WalkReport['levels'] => {
  const levels: WalkReport['levels'][number][] = []
  for (const [i, state] of states.entries()) {
    if (!isWalking(state) || state.walk.at !== 'entry' || state.walk.regime === null) continue
    const { walk } = state
    const step = walk.steps.at(-1)
    if (step === undefined || walk.regime === null) continue
    const after = states[i + 1]
    const later = after !== undefined && isWalking(after) ? after.walk : walk
    const large = isLarge(step.entry, step.level, walk.regime)
    const frame =
      step.level === 1 || large
        ? finalFrame(step.entry, step.level, walk.regime.paging, walk.la)
        : frameOf(step.entry)
    levels.push({
      la: hex(walk.la),
      level: step.level,
      table: hex(step.gfn * 4096),
      slot: slotText(state, walk.vcpu?.space ?? 0, step.gfn),
      offset: step.offset,
      entry: hex(step.entry),
      bits: [...namesOf(step.entry, step.level, step.level === 1 || large ? walk.regime.pkru : null)],
      leadsTo: hex(frame * 4096),
      rights: { write: later.writable, user: later.user, execute: later.executable },
    })
  }
  return levels
}

/** The walk of an operation, for people: level by level, how it ends, and by which rules. */
export const explainWalk = (
  cells: Cells,
  operation: FetchPathOperation,
): Omit<WalkReport, 'schema' | 'version'> => {
  const vcpu = cells.vcpus[0]
  const regime = vcpu?.image === undefined ? null : regimeOf(vcpu.image, cells.params)
  const paths = pathsOf(cells, operation)
  const [first] = paths
  const outcomes = paths.flatMap(({ cells: end }) =>
    end.returned === null ? [] : [printResult(end.returned)],
  )
  return {
    paging: regime?.paging ?? 'none',
    mode: regime?.mode ?? 'real',
    space: vcpu?.space ?? 0,
    cpl: vcpu?.image?.cpl ?? 0,
    cr3: hex(vcpu?.image?.cr3 ?? 0n),
    levels: [...levelsOf(first?.states ?? [])],
    outcomes: [...new Set(outcomes)],
    rules: (first?.rules ?? []).map(({ id, says }) => ({ id, says })),
  }
}
