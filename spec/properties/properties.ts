import type { StepCells, StepVcpu } from '../terms/steps/cells.js'
import { isWaiting, waitsInside } from '../terms/steps/waits.js'

/** A property of the designs: what must not be seen in any state, or which actors must not wait for ever. */
export type Property =
  | {
      readonly id: string
      readonly says: string
      readonly kind: 'safety'
      readonly violated: (cells: StepCells) => string | null
    }
  | {
      readonly id: string
      readonly says: string
      readonly kind: 'liveness'
      /** It is asked where updates there and back again follow each other for ever, and not of one. */
      readonly forEver?: true
      /** It is asked where vCPUs are interrupted, of one update and of updates without end. */
      readonly interrupted?: true
      /** Whom it is not promised of, though it may be asked. */
      readonly unpromised?: (cells: StepCells) => readonly number[]
      readonly pending: (cells: StepCells) => readonly number[]
    }

type Seen = StepCells['seen']

const watched = (id: string, says: string, read: (seen: Seen) => string | null): Property => ({
  id,
  says,
  kind: 'safety',
  // After kernel state is corrupted nothing is specified, so nothing holds.
  violated: ({ seen, updater }) =>
    updater.ended === 'unspecified' ? 'kernel state is corrupt: nothing is specified' : read(seen),
})

const quiet = ({ vcpus, updater }: StepCells): boolean =>
  updater.at === 'idle' && vcpus.every(v => v.hold === null)

/** Bits of completed writes that no later harvest can report. */
const lostAtRest = (cells: StepCells): string | null => {
  if (!quiet(cells)) return null
  const reachable = new Set(cells.spaces.flatMap(({ published }) => published.slots.map(slot => slot.log)))
  for (const [log, bits] of cells.unreported.entries()) {
    if (bits === 0) continue
    if (!reachable.has(log)) return `bitmap ${log} holds unread bits ${bits.toString(2)} and no slot has it`
    if ((bits & ~(cells.logs[log] ?? 0)) !== 0)
      return `bits ${bits.toString(2)} of completed writes are not in bitmap ${log}`
  }
  return null
}

const isRealHole = ({ world }: StepCells, frame: number): boolean =>
  (world.old[frame] ?? null) === null && (world.new[frame] ?? null) === null

const fetchesRealHole = (cells: StepCells, { want, next }: StepVcpu): boolean =>
  want?.kind === 'fetch' && isRealHole(cells, want.frames[next] ?? 0)

/**
 * vCPUs in the middle of an access, but for fetches from a hole of both sets: each retry waits again, without end.
 */
const unfinished = (cells: StepCells): readonly StepVcpu[] =>
  cells.vcpus.filter(v => v.want !== null && !fetchesRealHole(cells, v))

/** Whether an update is in the middle of a call, or before its first. */
const isCalling = ({ updater, world: { script } }: StepCells): boolean =>
  updater.at !== 'idle' && script[updater.pc - 1]?.kind !== 'return'

/** Whether a harvest is to be made, and there is a log to be harvested. */
const isToHarvest = ({ harvester, spaces }: StepCells): boolean =>
  harvester.left > 0 && spaces[0]?.published.slots.some(slot => slot.log >= 0) === true

/** The callers, as `pending` of calls-return names them. */
const CALLERS = { updater: 0, harvester: 1 } as const

/** The properties of semantics.md §4, some of them in two strengths. */
export const properties: readonly Property[] = [
  watched('no-hole', 'A page mapped before and after is never seen as a hole.', seen => seen.hole),
  watched(
    'two-maps',
    'Every access is explained by the old set or the new, with one commit point between.',
    seen => seen.neither,
  ),
  watched(
    'two-maps, fetch-atomic',
    'All that one fetch reads is explained by one of the two sets.',
    seen => seen.neither ?? seen.notAtomicFetch,
  ),
  watched(
    'write-coherent',
    'Once an access completed at a frame’s new host page, none completes at its old one.',
    seen => seen.incoherent,
  ),
  {
    id: 'dirty-complete',
    says: 'Every write that completed on a logged page is reported by a later harvest, or retired to the caller.',
    kind: 'safety',
    violated: cells =>
      cells.updater.ended === 'unspecified'
        ? 'kernel state is corrupt: nothing is specified'
        : (cells.seen.lost ?? lostAtRest(cells)),
  },
  watched('all-or-nothing', 'A failed update leaves no trace.', seen => seen.trace),
  watched('space-scoped', 'Other address spaces are not affected.', seen => seen.otherSpace),
  {
    id: 'retry-ends',
    says: 'Every access that is made to wait goes on in the end.',
    kind: 'liveness',
    pending: cells => cells.vcpus.filter(v => isWaiting(v) && !fetchesRealHole(cells, v)).map(v => v.id),
  },
  {
    id: 'retry-ends, for ever',
    says: 'Every access that waits inside the hypervisor is over in the end, though updates there and back again follow each other for ever. Of a fault that is retried through the guest, or by userspace, it is not promised.',
    kind: 'liveness',
    forEver: true,
    pending: cells => unfinished(cells).flatMap(v => (waitsInside(cells, v) ? [v.id] : [])),
    unpromised: cells => unfinished(cells).flatMap(v => (waitsInside(cells, v) ? [] : [v.id])),
  },
  {
    id: 'calls-return',
    says: 'Every call returns, of an update or a harvest: none waits for a guest that may not come back, nor for a vCPU that waits for the lock it holds.',
    kind: 'liveness',
    interrupted: true,
    pending: cells => [
      ...(isCalling(cells) ? [CALLERS.updater] : []),
      ...(isToHarvest(cells) ? [CALLERS.harvester] : []),
    ],
  },
  watched(
    'undisturbed',
    'An operation none of whose pages is owed is never made to wait, nor kept out.',
    seen => seen.disturbed,
  ),
  {
    id: 'crash-visible',
    says: 'A jump into a hole that was a hole before and is one after is reported.',
    kind: 'liveness',
    pending: cells => cells.vcpus.filter(v => isWaiting(v) && fetchesRealHole(cells, v)).map(v => v.id),
  },
  watched('sets-agree', 'At rest the two sets of a space are the same.', seen => seen.disagree),
]
