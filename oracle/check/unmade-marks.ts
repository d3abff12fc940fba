import { type Cells, withLogOf } from '../../spec/terms/cells.js'
import { cleanLog, mark, mayMark } from '../../spec/terms/dirty-log.js'
import { isAccess, type Operation } from '../../spec/terms/operation.js'
import { pageRange } from '../../spec/terms/page-set.js'
import { withLog } from '../../spec/terms/slot.js'
import { type Space, slotById } from '../../spec/terms/space.js'
import type { Effect } from '../effects.js'

/*
 * A write is its data and then its mark (docs/semantics.md, Access). Other threads may read the data, and harvest the log, in
 * between. An update cannot come in between: it waits for the accesses that are in flight.
 */

/** A mark that operation `n` has still to make, or may make, in a log; its data is done. */
export interface UnmadeMark {
  readonly n: number
  readonly as: number
  readonly id: number
  /** The page, by its index within the slot. */
  readonly page: number
  /** Only a processor that is not exact makes it, for what it has read. */
  readonly isUncertain: boolean
}

export const nameOfMark = ({ n, as, id, page, isUncertain }: UnmadeMark): string =>
  `m${n},${as},${id},${page}${isUncertain ? '?' : ''}`

/**
 * Whether the processor makes it, and is not exact: a second-stage fault then marks the page and gives permission before the
 * access is made. A harvest that comes in between takes both, and the access faults and marks once more (`make_spte`).
 */
export const mayMarkEarly = (operation: Operation, { params }: Cells): boolean =>
  !params.exact &&
  isAccess(operation) &&
  operation.op !== 'kernel-access' &&
  !('by' in operation && operation.by === 'emulator')

/** Whether it may mark pages; what it does not mark is done in one moment. */
export const mayMarkLogs = (operation: Operation, { spaces, params }: Cells): boolean =>
  (isAccess(operation) || operation.op === 'enter-smm') &&
  (!params.exact || !READS.has(operation.op)) &&
  spaces.some(({ slots }) => slots.some(({ dirty }) => dirty !== null))

/** Accesses that never write; those by linear address may set accessed bits in tables. */
const READS: ReadonlySet<Operation['op']> = new Set(['read', 'fetch', 'walk'])

/** The machine with nothing marked in any log: what an access marks there are its own marks. */
export const withCleanLogs = (cells: Cells): Cells => ({
  ...cells,
  spaces: cells.spaces.map(({ slots, swaps }) => ({
    slots: slots.map(slot => (slot.dirty === null ? slot : withLog(slot, cleanLog))),
    swaps,
  })),
})

/** The marks that operation `n` has made in logs that were clean before. */
const marksIn = (n: number, { spaces }: Cells): readonly UnmadeMark[] =>
  spaces.flatMap(({ slots }, as) =>
    slots.flatMap(({ id, dirty }) =>
      dirty === null
        ? []
        : ([false, true] as const).flatMap(isUncertain =>
            pagesOf(isUncertain ? dirty.maybe : dirty.set).map(page => ({ n, as, id, page, isUncertain })),
          ),
    ),
  )

const pagesOf = (edges: readonly number[]): readonly number[] => {
  const pages: number[] = []
  for (let i = 0; i < edges.length; i += 2)
    for (let page = edges[i] as number; page < (edges[i + 1] as number); page++) pages.push(page) // edges come in pairs
  return pages
}

/** An effect on a machine with clean logs, as its data alone on one with these logs, and the marks left to make. */
export const dataAlone = (
  n: number,
  { spaces }: Cells,
  onClean: Effect,
): { readonly effect: Effect; readonly unmade: readonly UnmadeMark[] } => ({
  effect: { ...onClean, cells: { ...onClean.cells, spaces } },
  unmade: marksIn(n, onClean.cells),
})

const made = (cells: Cells, { as, id, page, isUncertain }: UnmadeMark): Cells => {
  const slot = slotById(cells.spaces[as] as Space, id) // no space ever goes
  if (slot === null || slot.dirty === null) return cells
  return withLogOf(cells, as, slot, (isUncertain ? mayMark : mark)(slot.dirty, pageRange(page, page + 1)))
}

/** What is left to do of marks: a machine, and the marks not made on it. */
export interface Marking {
  readonly cells: Cells
  readonly unmade: readonly UnmadeMark[]
}

/** The same where these marks may have been made. */
export const withEarlyMarks = <M extends Marking>(marking: M, marks: readonly UnmadeMark[]): M => ({
  ...marking,
  cells: marks.reduce((cells, one) => made(cells, { ...one, isUncertain: true }), marking.cells),
})

/** The same with the marks made that are meant. */
export const withMarks = <M extends Marking>(marking: M, isMeant: (mark: UnmadeMark) => boolean): M => {
  if (!marking.unmade.some(isMeant)) return marking
  return {
    ...marking,
    cells: marking.unmade.filter(isMeant).reduce(made, marking.cells),
    unmade: marking.unmade.filter(one => !isMeant(one)),
  }
}

/**
 * Which marks a harvest may find made: of those in its log, each or not. One that is uncertain is made and left to make: the
 * page may be reported by this harvest, and by the next.
 */
export const markedBefore = <M extends Marking>(
  marking: M,
  { as, id }: Pick<UnmadeMark, 'as' | 'id'>,
): readonly M[] => {
  const inLog = marking.unmade.filter(one => one.as === as && one.id === id)
  const uncertain = inLog.filter(one => one.isUncertain)
  const start: M = { ...marking, cells: uncertain.reduce(made, marking.cells) }
  return inLog
    .filter(one => !one.isUncertain)
    .reduce<readonly M[]>((all, one) => all.flatMap(m => [m, withMarks(m, other => other === one)]), [start])
}
