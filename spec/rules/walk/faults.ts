import { not, type Premise, premise, type Rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import type { U64 } from '../../terms/numbers.js'
import { ACCESSED, PF_FETCH, PF_USER, PF_WRITE, PRESENT } from '../../terms/paging/bits.js'
import type { Step, Walking } from '../../terms/walking.js'
import { semantics } from '../cite.js'
import { withBits } from './rights.js'
import { at, belowSecondStage, over, regimeIn, walker } from './station.js'
import { slotIn } from './target.js'

/** The error code: the cause, whether a user or a write, and for a fetch whether the registers let it say so. */
export const errorCode = (cells: Walking): number => {
  const { user, tellsFetch } = regimeIn(cells)
  const { use, error } = cells.walk
  const fetch = use === 'fetch' && tellsFetch ? PF_FETCH : 0
  // The load of a read-modify-write is told as a write (`x86_emulate_insn`).
  const writes = use === 'write' || cells.call.op === 'rmw-virtual'
  return error | (user ? PF_USER : 0) | (writes ? PF_WRITE : 0) | fetch
}

const pageFault = (cells: Walking): Cells =>
  over(cells, 'fault', null, null, {
    exception: { vector: '#PF', error: errorCode(cells), cr2: cells.walk.la as U64 },
    ...(cells.walk.exits.length === 0 ? {} : { mmio: cells.walk.exits }), // those of a load before
  })

/** Entries above the one at fault whose accessed bit the processor may have set on its way down. */
const passedOver = (cells: Walking): readonly Step[] => {
  const { steps, error } = cells.walk
  // What was read last is the last entry, or the one at fault: neither is set by an access that faults.
  const above = steps.slice(0, steps.length - (error === 0 && endsBefore(steps) ? 0 : 1))
  const { paging } = regimeIn(cells)
  return above.filter(({ entry, gfn, level }) => {
    const bitless = paging === 'pae' && level === 3
    return !bitless && (entry & ACCESSED) === 0n && slotIn(cells, gfn)?.ro === false
  })
}

/** The fault is of a table that could not be reached: the entry read last is sound and stands above it. */
const endsBefore = (steps: readonly Step[]): boolean => ((steps.at(-1)?.entry ?? 0n) & PRESENT) !== 0n

const subsets = (steps: readonly Step[]): readonly (readonly Step[])[] =>
  steps.reduce<readonly (readonly Step[])[]>((sets, step) => sets.flatMap(set => [set, [...set, step]]), [[]])

/** KVM's walker faults where the processor found no root, and has found none since. */
export const isRootless: Premise<Walking> = premise(
  'rootless',
  {
    holds: 'the processor found no root, and KVM’s walker found none either',
    fails: 'the processor found a root, or needed none',
  },
  ({ walk }) => walk.rootless,
  ({ walk }) => ({ rootless: walk.rootless }),
)
const hasRoot = not(isRootless)

export const faults: readonly Rule<Cells>[] = [
  at('fault', {
    id: 'fault.page',
    kind: 'access',
    says: 'The error code of a page fault has its cause, CPL 3, a write, and a fetch where NX or SMEP is in use; no bit of an entry was set.',
    cites: [walker, semantics('5. The fetch path')],
    when: [not(belowSecondStage), hasRoot],
    rewrite: pageFault,
    notes: { variation: 'By the manual the bit for a fetch also needs CR4.PAE beside EFER.NXE.' },
  }),
  at('fault', {
    id: 'fault.page-hardware',
    kind: 'access',
    says: 'Below a second stage the processor walks, and may have set accessed bits above the entry at fault on its way down, any of them or none.',
    cites: [semantics('5. The fetch path')],
    when: [belowSecondStage],
    choose: cells => subsets(passedOver(cells)).map(set => ({ set })),
    rewrite: (cells, { set }) =>
      pageFault((set as readonly Step[]).reduce((after, step) => withBits(after, step), cells)),
  }),
]
