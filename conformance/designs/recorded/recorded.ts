import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { Design, Update } from '../../../spec/designs/design.js'
import { sameSlots } from '../../../spec/terms/steps/slots.js'
import { auditRecording } from '../../audit/audit-recording.js'
import type { RecordedCost, RecordedNeeds } from '../../reports/designs/recorded-codec.js'
import { compressed } from './compress.js'
import { type Cost, costOf } from './cost.js'

/** The changes that a recording made, each of one space, in order; those that change nothing are left out. */
export const updatesOf = async (
  chunks: AsyncIterable<string>,
  name: string,
): Promise<Either<string, readonly Update[]>> => {
  const updates: Update[] = []
  const audited = await auditRecording(chunks, {
    name,
    onUpdate: ({ spaces }) => {
      for (const { before, after } of spaces) {
        const update = compressed(before.slots, after.slots)
        if (!sameSlots(update.before, update.after)) updates.push(update)
      }
    },
  })
  return isLeft(audited) ? left(`${name}: not a recording of memslot calls`) : right(updates)
}

const NOTHING: Cost = { calls: 0, swaps: 0, kicks: 0 }
const sum = (costs: readonly Cost[]): Cost =>
  costs.reduce(
    (all, { calls, swaps, kicks }) => ({
      calls: all.calls + calls,
      swaps: all.swaps + swaps,
      kicks: all.kicks + kicks,
    }),
    NOTHING,
  )

/** What a design would have needed for updates; null where it has no plan for one of them. */
const needed = (design: Design, updates: readonly Update[]): RecordedCost | null => {
  const plans = updates.map(design.plan)
  const costs = plans.flatMap(plan => (plan === null ? [] : [costOf(plan)]))
  if (costs.length < updates.length) return null
  return { design: design.id, ...sum(costs), mostKicks: Math.max(0, ...costs.map(({ kicks }) => kicks)) }
}

/** What each design would have needed for what a recording did. */
export const needsOf = (
  file: string,
  updates: readonly Update[],
  designs: readonly Design[],
): RecordedNeeds => ({
  file,
  updates: updates.length,
  costs: designs.flatMap(design => needed(design, updates) ?? []),
})
