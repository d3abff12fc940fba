import { meetingInvalid } from '../../spec/rules/access/invalid.js'
import { type PathAmid, stageAt, waysAmid } from '../../spec/rules/paths.js'
import type { Cells } from '../../spec/terms/cells.js'
import { betweenOf, isVirtual, type Operation, type SetCall } from '../../spec/terms/operation.js'
import type { Reached } from '../../spec/terms/walking.js'
import { atRest, type Effect, effectOf } from '../effects.js'
import { effectsFrom, exitsOf, goingOn, type Halfway, savedReadBy } from './halfway.js'

/*
 * In Linux one slot is deleted or moved by two swaps, between which it is INVALID. A call in progress may stand there:
 * its window is open. Calls that change slots, read logs or set capabilities wait for it to close; accesses do not.
 */

/** A change of one slot that is between its two swaps, and the number of its call. */
export interface Window {
  readonly n: number
  readonly call: SetCall
}

/**
 * An effect of an operation, or the first of its two moments; and how far the change that is under way has come by then.
 * `open`: between its two swaps. `made`: it took effect in the middle of the operation.
 */
export type StepAmid = { readonly reached: 'open' | 'made' } & (
  | { readonly effect: Effect }
  | { readonly cells: Cells; readonly half: Halfway }
)

const swapsBy = (cells: Cells, { as }: SetCall, { cells: after }: Effect): number =>
  (after.spaces[as]?.swaps ?? 0) - (cells.spaces[as]?.swaps ?? 0)

const isSet = (operation: Operation, { params }: Cells): operation is SetCall =>
  operation.op === 'set' && params.profile === 'linux'

/** The effects of a call that come by two swaps, so that its slot is INVALID between them. */
export const effectsByWindow = (
  cells: Cells,
  operation: Operation,
  effects: readonly Effect[],
): readonly Effect[] =>
  isSet(operation, cells) ? effects.filter(effect => swapsBy(cells, operation, effect) > 1) : []

const SERIALISED: ReadonlySet<Operation['op']> = new Set([
  'set',
  'batch',
  'internal-slot',
  'set-tss-addr',
  'get-dirty',
  'clear-dirty',
  'enable-cap',
])

/** Whether an operation waits for an open window to close: it is serialised with updates. */
export const waitsForWindow = (operation: Operation, { params }: Pick<Cells, 'params'>): boolean =>
  SERIALISED.has(operation.op) ||
  betweenOf(operation) !== undefined ||
  // It looks for the slots that KVM makes for itself.
  (operation.op === 'create-vcpu' && params.ownSlots.length > 0)

/** What an operation may do from where it stands, while another thread makes a change. */
export interface Going {
  readonly n: number
  readonly operation: Operation
  /** What it has done of the first of two moments; undefined where that is nothing. */
  readonly half: Halfway | undefined
}

/** What an operation that looks up while a window is open may do; `change` is what the call in progress comes to. */
export const stepsInWindow = (
  cells: Cells,
  going: Going,
  window: Window,
  change: Effect,
): readonly StepAmid[] => {
  const { n, operation, half } = going
  if (isVirtual(operation)) return stepsOn(going, waysFrom(cells, going, window.call, change, 0))
  const met = meetingInvalid(cells, operation, window.call, on => effectsFrom(on, operation, half))
  const ends = met.map(effect => ({ effect, reached: 'open' }) as const)
  const reads = half === undefined ? savedReadBy(cells, n, operation, window) : []
  return [...ends, ...reads.map(first => ({ cells, half: first, reached: 'open' }) as const)]
}

/** Ways of an access by linear address in which a change is seen from look-up `after` on. */
const waysFrom = (
  cells: Cells,
  { operation, half }: Going,
  call: SetCall,
  { rule: { id: follows } }: Effect,
  after: number,
): readonly PathAmid[] => {
  if (!isVirtual(operation)) return []
  const ways = waysAmid(cells, operation, { after, operation: call, follows }, goingOn(half))
  // The window stays open where the access ended before any look-up.
  return ways.filter(({ reached }) => reached !== 'not begun' || after === 0)
}

const furthest = (reached: Reached): StepAmid['reached'] => (reached === 'made' ? 'made' : 'open')

/** Where these ways end, and where a load has exited on them. */
const stepsOn = ({ n, operation, half }: Going, ways: readonly PathAmid[]): readonly StepAmid[] => {
  const ends = ways.map(way => ({ effect: effectOf(way), reached: furthest(way.reached) }))
  if (!isVirtual(operation) || half !== undefined) return ends
  const exits = exitsOf(n, operation, ways).flatMap(({ cells, half: first }) => {
    const reached = stageAt(cells)
    return reached === 'not begun' ? [] : [{ cells: atRest(cells), half: first, reached: furthest(reached) }]
  })
  return [...ends, ...exits]
}

/** What an access by linear address may do that sees a change of another thread from its second look-up on, or later. */
export const stepsAcross = (
  cells: Cells,
  going: Going,
  call: Operation,
  change: Effect,
): readonly StepAmid[] => {
  const { operation } = going
  if (!isVirtual(operation) || betweenOf(operation) !== undefined || !isSet(call, cells)) return []
  if (swapsBy(cells, call, change) === 0) return []
  const found: StepAmid[] = []
  for (let after = 1; ; after++) {
    const ways = waysFrom(cells, going, call, change, after)
    if (ways.length === 0) return found // it makes no more look-ups
    found.push(...stepsOn(going, ways))
  }
}
