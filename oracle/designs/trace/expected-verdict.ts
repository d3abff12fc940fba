import type { StepCells } from '../../../spec/terms/steps/cells.js'
import { backingOf } from '../../../spec/terms/steps/slots.js'
import { lengthOf, type Run } from '../../explore/result.js'
import type { TraceOptions } from './trace-of-run.js'

/** Properties whose failure a trace of whole calls and accesses does not show, and why. */
const UNSEEN: Readonly<Record<string, string>> = {
  undisturbed: 'a trace says that an access waited, not that it had no cause to: waiting is allowed',
  'retry-ends': 'a trace is finite, and an access that has not ended in it may end later',
  'retry-ends, for ever': 'the same; and that updates follow each other for ever is no fault of one of them',
  'crash-visible': 'the same: a fetch that is retried for ever is one that has not ended yet',
  'sets-agree': 'which of two sets is inactive, and what it holds, is no answer to any call',
  'two-maps, fetch-atomic': 'the unit is one access: each of the fetch’s own is explained by one of the sets',
}

/** Whether the run ends in corrupted kernel state: the update never returns, and nothing is specified. */
const isUnspecified = (run: Run<StepCells>): boolean =>
  [...run.steps, ...(run.cycle ?? [])].at(-1)?.cells.updater.ended === 'unspecified'

/** Whether the update ends the logging of a page that stays: a write to it may as well have come after the update. */
const mayHaveComeLater = ({ world }: StepCells): boolean =>
  world.old.some((old, frame) => {
    const now = world.new[frame] ?? null
    return old !== null && now !== null && old.hva === now.hva && old.logged && !now.logged
  })

/** Whether look-ups find every frame as before: a slot that a failure leaves disabled, where none was, is not found. */
const looksAsBefore = ({ world, spaces }: StepCells): boolean => {
  const live = (spaces[0]?.published.slots ?? []).filter(slot => slot.state === 'live')
  return world.old.every((old, frame) => {
    const now = backingOf(live, frame)
    return old === null
      ? now === null
      : now !== null && now.hva === old.hva && now.ro === old.ro && now.logged === old.logged
  })
}

/** Whether the last step is a write to a read-only page where a set has a hole: both exit to userspace as MMIO. */
const exitsAsFromHole = ({ initial, steps }: Run<StepCells>): boolean => {
  const last = steps.at(-1)
  const { world, vcpus } = steps.at(-2)?.cells ?? initial
  if (last?.rule !== 'vcpu.mmio' || last.cells.self.kind !== 'vcpu') return false
  const { id } = last.cells.self
  const v = vcpus.find(was => was.id === id)
  const frame = v?.want?.frames[v.next] ?? 0
  return world.old[frame] === null || world.new[frame] === null
}

/** What `memslot check` says of a run that breaks a property, written as a trace of one batch. */
export const expectedOfTrace = (property: string, run: Run<StepCells>): 'deviates' | 'unseen' | 'either' => {
  if (isUnspecified(run) || lengthOf(run) === 0 || exitsAsFromHole(run)) return 'unseen'
  const last = run.steps.at(-1)?.cells
  if (property in UNSEEN) {
    // If the run also meets a hole, or what neither set explains, that does show.
    return last !== undefined && (last.seen.hole ?? last.seen.neither) !== null ? 'deviates' : 'unseen'
  }
  if (property === 'all-or-nothing' && last !== undefined && looksAsBefore(last)) return 'unseen'
  return property === 'dirty-complete' && mayHaveComeLater(run.initial) ? 'either' : 'deviates'
}

/** Lost bits, and what a failed update left changed, show only in the look-ups and harvests after the update. */
export const traceOptionsFor = (property: string): TraceOptions => ({
  toRest: property === 'dirty-complete' || property === 'all-or-nothing',
})
