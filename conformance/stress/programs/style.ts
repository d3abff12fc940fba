import type { Config } from '../../../oracle/wire/config.js'
import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { Operation, SetCall } from '../../../spec/terms/operation.js'
import { LOG } from '../../../spec/terms/slot.js'
import type { Hello } from '../../targets/target.js'
import { batchTo, isLogged, isSame, type Layout, type Region } from './layout.js'
import type { Kind } from './plays.js'

/** How one layout is made of another: by a batch, or call by call as VMMs do today. */
export interface Style {
  readonly config: Config
  /** Features that it needs. */
  readonly needs: readonly string[]
  readonly to: (as: number, before: Layout, after: Layout) => readonly Operation[]
  /** Operations of a program that the oracle judges, about so many; and what none of them is. */
  readonly judged: { readonly operations: number; readonly without: readonly Kind[] }
}

export const byBatches: Style = {
  config: {},
  needs: ['batch'],
  to: (as, before, after) => [batchTo(as, before, after)],
  judged: { operations: 300, without: [] },
}

const setOf = (as: number, { id, base, npages, page, flags }: Region): SetCall => ({
  op: 'set',
  as,
  id,
  gpa: addressOf(base),
  size: addressOf(npages),
  hva: addressOf(page),
  flags,
})
const deletionOf = (as: number, region: Region): SetCall => ({ ...setOf(as, region), size: u64(0) })

const meets = (a: Region, b: Region): boolean => a.base < b.base + b.npages && b.base < a.base + a.npages

/** What one call makes of a slot that stays: its log is switched on or off. */
const isSwitched = (old: Region, now: Region): boolean =>
  old.flags !== now.flags && isSame({ ...old, flags: old.flags ^ LOG }, now)

const isMoved = (old: Region, now: Region): boolean =>
  old.base !== now.base && isSame({ ...old, base: now.base }, now)

/** Mistakes of a VMM that changes slots call by call, the play that must catch each, and what it breaks there. */
export const PLAN_FAULTS = [
  {
    id: 'log-not-fetched',
    says: 'single calls: a logged slot is deleted, or its log switched off, and the log is not fetched before',
    play: 'harvest',
    noticedAs: ['dirty-complete'],
  },
] as const
export type PlanFault = (typeof PLAN_FAULTS)[number]['id']

/**
 * The calls that make one layout of another: logs are fetched before they end, slots that change are deleted, moved where
 * nothing is in the way, and those that come are created last.
 */
const callsTo = (
  as: number,
  before: Layout,
  after: Layout,
  fault: PlanFault | null,
): readonly Operation[] => {
  const fetched = (region: Region): readonly Operation[] =>
    isLogged(region) && fault !== 'log-not-fetched' ? [{ op: 'get-dirty', as, id: region.id }] : []
  const nowOf = ({ id }: Region): Region | undefined => after.find(one => one.id === id)
  const changed = before.filter(region => !after.some(one => isSame(one, region)))
  const canMove = (old: Region, now: Region): boolean =>
    isMoved(old, now) && ![...before, ...after].some(one => one.id !== old.id && meets(one, now))
  const staying = changed.filter(old => {
    const now = nowOf(old)
    return now !== undefined && (isSwitched(old, now) || canMove(old, now))
  })
  const coming = after.filter(
    now => !before.some(one => isSame(one, now)) && !staying.some(({ id }) => id === now.id),
  )
  return [
    ...staying.flatMap(old => {
      const now = nowOf(old) as Region // it stays
      return [...(isLogged(old) && !isLogged(now) ? fetched(old) : []), setOf(as, now)]
    }),
    ...changed.filter(old => !staying.includes(old)).flatMap(old => [...fetched(old), deletionOf(as, old)]),
    ...coming.map(now => setOf(as, now)),
  ]
}

/** Single calls, judged by what Linux allows of them. */
export const byCalls = (fault: PlanFault | null = null): Style => ({
  config: { profile: 'linux' },
  needs: ['set'],
  to: (as, before, after) => callsTo(as, before, after, fault),
  // A call may have two moments, so more orders are possible. The two halves of an exchange that begins in a hole may meet
  // different sets, which `check` knows of exchanges by linear address only.
  judged: { operations: 120, without: ['rmw'] },
})

/** A target that has the batch is asked batches; another one single calls. */
export const styleFor = ({ features }: Hello, fault: PlanFault | null): Style =>
  features.includes('batch') ? byBatches : byCalls(fault)
