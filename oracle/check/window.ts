import { meetingInvalid } from '../../spec/rules/access/invalid.js'
import { waysAmid } from '../../spec/rules/paths.js'
import type { Cells } from '../../spec/terms/cells.js'
import { betweenOf, isVirtual, type Operation, type SetCall } from '../../spec/terms/operation.js'
import { type Effect, effectsOf } from '../effects.js'

/*
 * In Linux one slot is deleted or moved by two swaps, between which it is INVALID. A call in progress may stand there:
 * its window is open. Calls that change slots, read logs or set capabilities wait for it to close; accesses do not.
 */

/** A change of one slot that is between its two swaps, and the number of its call. */
export interface Window {
  readonly n: number
  readonly call: SetCall
}

/** An effect of an operation, and how far the change that is under way has come when it is over. */
export interface EffectAmid {
  readonly effect: Effect
  /** `open`: between its two swaps. `made`: it took effect in the middle of the operation. */
  readonly reached: 'open' | 'made'
}

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

/** What an operation that begins while a window is open may do; `change` is what the call in progress comes to. */
export const effectsInWindow = (
  cells: Cells,
  operation: Operation,
  { call }: Window,
  change: Effect,
  act: (on: Cells) => readonly Effect[] = on => effectsOf(on, operation),
): readonly EffectAmid[] => {
  if (isVirtual(operation)) return effectsAmid(cells, operation, call, change, 0)
  const met = meetingInvalid(cells, operation, call, act)
  return met.map(effect => ({ effect, reached: 'open' }))
}

/** Ways of an access by linear address in which a change is seen from look-up `after` on. */
const effectsAmid = (
  cells: Cells,
  operation: Operation,
  call: SetCall,
  { rule: { id: follows } }: Effect,
  after: number,
): readonly EffectAmid[] => {
  if (!isVirtual(operation)) return []
  return waysAmid(cells, operation, { after, operation: call, follows }).flatMap(path => {
    const { rules, cells: end, reached } = path
    const rule = rules.at(-1)
    if (rule === undefined || end.returned === null) return []
    // The window stays open where the access ended before any look-up.
    if (reached === 'not begun' && after > 0) return []
    const effect: Effect = { rule, rules, result: end.returned, cells: end }
    return [{ effect, reached: reached === 'made' ? 'made' : 'open' }]
  })
}

/** What an access by linear address may do that sees a change of another thread from its second look-up on, or later. */
export const effectsAcross = (
  cells: Cells,
  operation: Operation,
  call: Operation,
  change: Effect,
): readonly EffectAmid[] => {
  if (!isVirtual(operation) || betweenOf(operation) !== undefined || !isSet(call, cells)) return []
  if (swapsBy(cells, call, change) === 0) return []
  const found: EffectAmid[] = []
  for (let after = 1; ; after++) {
    const ways = effectsAmid(cells, operation, call, change, after)
    if (ways.length === 0) return found // it makes no more look-ups
    found.push(...ways)
  }
}
