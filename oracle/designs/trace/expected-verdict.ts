import type { StepCells, StepVcpu } from '../../../spec/terms/steps/cells.js'
import { backingOf } from '../../../spec/terms/steps/slots.js'
import { isOfWriteClass } from '../../../spec/terms/steps/world.js'
import { lengthOf, type Run, type RunStep } from '../../explore/result.js'
import type { TraceOptions } from './trace-of-run.js'

/** Properties whose failure a trace of whole calls and accesses does not show, and why. */
const UNSEEN: Readonly<Record<string, string>> = {
  undisturbed: 'a trace says that an access waited, not that it had no cause to: waiting is allowed',
  'retry-ends': 'a trace is finite, and an access that has not ended in it may end later',
  'retry-ends, for ever': 'the same; and that updates follow each other for ever is no fault of one of them',
  'calls-return': 'the same: a call that never returns is one that has not returned yet',
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

/** The access that a step is of, and where it stood before; null where the step is no access's. */
const accessOf = (before: StepCells, { cells: { self } }: RunStep<StepCells>): StepVcpu | null =>
  self.kind === 'vcpu' ? (before.vcpus.find(was => was.id === self.id) ?? null) : null

const withBefore = ({ initial, steps }: Run<StepCells>) =>
  steps.map((step, i) => ({ step, before: steps[i - 1]?.cells ?? initial }))

/** Rules by which an access ends as at a hole. */
const ENDS_AS_HOLE: readonly string[] = ['vcpu.hole', 'vcpu.kernel-errs', 'vcpu.kernel-disabled']

/** Whether a write exits to userspace from a read-only page or a hole where a set has the other: a trace shows MMIO for both. */
const exitsForEither = (run: Run<StepCells>): boolean =>
  withBefore(run).some(({ step, before }) => {
    const v = accessOf(before, step)
    const frame = v?.want?.frames[v.next] ?? 0
    const backings = [run.initial.world.old[frame] ?? null, run.initial.world.new[frame] ?? null]
    if (!isOfWriteClass(v?.want ?? null)) return false
    if (step.rule === 'vcpu.mmio') return backings.includes(null)
    return ENDS_AS_HOLE.includes(step.rule) && backings.some(backing => backing?.ro === true)
  })

/**
 * Whether a trace does not show what the last access of a run met: the host page that a write reached, or that it came after
 * another access with which it overlaps.
 */
const lastIsHidden = (run: Run<StepCells>, property: string): boolean => {
  const last = withBefore(run).at(-1)
  const v = last === undefined ? null : accessOf(last.before, last.step)
  if (v === null || v.hold === null) return false
  return isOfWriteClass(v.want) || (property === 'write-coherent' && v.began === 'before')
}

/** Whether the last step of a run makes an access wait: a trace says so, and waiting is allowed. */
const endsInAWait = (run: Run<StepCells>): boolean => {
  const self = run.steps.at(-1)?.cells.self
  return self?.kind === 'vcpu' && self.at === 'waiting'
}

/** What `memslot check` says of a run that breaks a property, written as a trace of one batch. */
export const expectedOfTrace = (property: string, run: Run<StepCells>): 'deviates' | 'unseen' | 'either' => {
  if (isUnspecified(run) || lengthOf(run) === 0) return 'unseen'
  if (property === 'space-scoped' && endsInAWait(run)) return 'unseen'
  if (exitsForEither(run) || lastIsHidden(run, property)) return 'either'
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
