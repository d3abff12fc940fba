import { type Cells, withLogOf } from '../../spec/terms/cells.js'
import { cleanLog, clear, type DirtyLog, join } from '../../spec/terms/dirty-log.js'
import type { ClearDirtyCall, GetDirtyCall, Operation } from '../../spec/terms/operation.js'
import { pageRange } from '../../spec/terms/page-set.js'
import type { Slot } from '../../spec/terms/slot.js'
import { slotById } from '../../spec/terms/space.js'
import { type Effect, effectsOf } from '../effects.js'
import type { UnmadeMark } from './unmade-marks.js'

/*
 * A harvest goes through a log from its first page on, an aligned group of pages at a time (docs/semantics.md, Dirty logs).
 * Pages may be marked meanwhile, before it and behind it; calls that change slots or logs wait.
 */

/** Pages that a harvest takes in one moment. Linux has as many as a word has bits, which no kernel has fewer of. */
const GROUP = 32

export type Harvest = GetDirtyCall | ClearDirtyCall

/** A call that reads or clears a log. It does not wait for accesses that are in flight. */
export const isHarvest = (operation: Operation): operation is Harvest =>
  operation.op === 'get-dirty' || operation.op === 'clear-dirty'

/** How far a harvest has come: to this page of the log, and with these bits told. */
export interface Harvesting {
  readonly op: Harvest['op']
  readonly upTo: number
  readonly told: DirtyLog
}

const NOT_BEGUN: Pick<Harvesting, 'upTo' | 'told'> = { upTo: 0, told: cleanLog }

const slotOf = ({ spaces }: Cells, { as, id }: Harvest): Slot | null => {
  const space = spaces[as]
  return space === undefined ? null : slotById(space, id)
}

/** The effects of a harvest on the pages from `from` to `to` alone. */
const effectsOn = (cells: Cells, harvest: Harvest, from: number, to: number): readonly Effect[] => {
  const slot = slotOf(cells, harvest)
  if (slot === null || slot.dirty === null || (from === 0 && to >= slot.npages))
    return effectsOf(cells, harvest)
  const others = clear(slot.dirty, pageRange(from, to))
  const these = clear(clear(slot.dirty, pageRange(0, from)), pageRange(to, slot.npages))
  return effectsOf(withLogOf(cells, harvest.as, slot, these), harvest).map(effect => {
    const left = slotOf(effect.cells, harvest)?.dirty ?? cleanLog
    return { ...effect, cells: withLogOf(effect.cells, harvest.as, slot, join(left, others)) }
  })
}

const toldBy = ({ result }: Effect): DirtyLog =>
  result.is === 'log' ? { set: result.set, maybe: result.maybe } : cleanLog

/** The effects of a harvest with what it has still to do. */
export const restOf = (cells: Cells, harvest: Harvest, { upTo, told }: Harvesting): readonly Effect[] =>
  effectsOn(cells, harvest, upTo, Number.POSITIVE_INFINITY).map(effect =>
    effect.result.is === 'log'
      ? { ...effect, result: { ...effect.result, ...join(told, toldBy(effect)) } }
      : effect,
  )

/** Whether it takes more than one group of pages. */
export const hasParts = (cells: Cells, harvest: Harvest): boolean =>
  (slotOf(cells, harvest)?.npages ?? 0) > GROUP

/**
 * How far a harvest may have come by now, that has done part of it: past the group of one of these pages, which others
 * mark. It need not be further for their sake. One that fails does so at once.
 */
export const partsOf = (
  cells: Cells,
  harvest: Harvest,
  half: Harvesting | undefined,
  marked: readonly UnmadeMark[],
): readonly { readonly cells: Cells; readonly half: Harvesting }[] => {
  const { as, id } = harvest
  const npages = slotOf(cells, harvest)?.npages ?? 0
  const { upTo, told } = half ?? NOT_BEGUN
  const inLog = marked.filter(mark => mark.as === as && mark.id === id)
  const ends = new Set(inLog.map(({ page }) => GROUP * (Math.floor(page / GROUP) + 1)))
  return [...ends]
    .filter(end => end > upTo && end < npages)
    .flatMap(end =>
      effectsOn(cells, harvest, upTo, end)
        .filter(({ result }) => result.is !== 'error')
        .map(effect => ({
          cells: effect.cells,
          half: { op: harvest.op, upTo: end, told: join(told, toldBy(effect)) },
        })),
    )
}
