import type { Cells } from '../../spec/terms/cells.js'
import type { SetCall } from '../../spec/terms/operation.js'
import type { Applied } from './applied.js'
import { createLogWatch } from './at-risk.js'
import { type Boundaries, createBoundaries, type Sink } from './boundaries.js'
import { deltaOf } from './delta.js'
import { newMachine } from './linux-profile.js'
import { loggedSlotDeleted, spaceIn } from './machine.js'
import type { Place } from './place.js'
import { learn, type RecordedLimits } from './recorded-limits.js'
import type { CheckExtension, RecordedCall, SetRegion, VmBegins } from './recording/record.js'
import { deleteBefore, hidesDelete, type Replayed, replay } from './replay.js'
import { seenOf, setCallOf, showSetCall } from './set-call.js'
import { createVcpuThreads, type Moment, type VcpuThreads } from './vcpu-threads.js'

export interface Deviation {
  readonly line: number
  readonly call: string
  readonly seen: string
  readonly allowed: readonly string[]
}

/** What a VM of the recording tells while it is followed. */
export interface VmSink {
  sinkFor(threads: VcpuThreads): Sink
  deviation(deviation: Deviation): void
  notJudged(): void
}

/** Follows one VM through the recording. */
export interface AuditedVm {
  readonly begins: VmBegins
  readonly threads: VcpuThreads
  begun(call: RecordedCall): void
  set(call: SetRegion): void
  otherCall(call: RecordedCall): void
  /** KVM_RUN of a thread, which ends its updates even where it is not known to be about this VM. */
  ended(tid: number | null): void
  /** The VM was asked for a capability. */
  learn(call: CheckExtension): void
  end(): void
}

/** The start of a call, as near as it is recorded. */
export const startOf = (call: RecordedCall): Place => ({ line: call.line, at: call.from ?? call.to })

export const followVm = (
  begins: VmBegins,
  recorded: RecordedLimits,
  runsVcpu: (tid: number | null) => boolean,
  sink: VmSink,
): AuditedVm => {
  const inStrace = begins.source === 'strace'
  const threads = createVcpuThreads(inStrace && begins.how === 'created', begins.tid !== null)
  const logs = createLogWatch(inStrace)
  const boundaries = new Map<number | null, Boundaries>()
  const begunAt = new Map<number | null, Moment>()
  let limits = recorded
  let cells: Cells = newMachine(recorded)
  let untouched = true
  let changesUnknown = false

  const boundariesOf = (tid: number | null): Boundaries => {
    const known = boundaries.get(tid)
    if (known !== undefined) return known
    const created = createBoundaries(sink.sinkFor(threads), runsVcpu(tid))
    boundaries.set(tid, created)
    return created
  }

  const applied = (
    record: SetRegion,
    call: SetCall | null,
    place: Place,
    began: Moment,
    next: Cells,
  ): void => {
    const as = call?.as ?? 0
    const before = spaceIn(cells, as)
    const after = spaceIn(next, as)
    const delta = deltaOf(before, after)
    const failed = record.outcome.is === 'error'
    const doomed = call === null || failed ? null : loggedSlotDeleted(cells, call)
    const { tid, endLine } = record
    const told: Applied = {
      tid,
      place,
      endLine,
      began,
      failed,
      as,
      before,
      after,
      delta,
      isDelete: call?.size === 0n,
      atRisk: doomed === null ? null : logs.deleted(doomed, as, tid, place, began),
    }
    cells = next
    logs.called(tid)
    logs.slotsChanged(as, delta.removed, delta.added, place)
    boundariesOf(tid).set(told)
    for (const [other, itsBoundaries] of boundaries) if (other !== tid) itsBoundaries.foreign(told)
  }

  const judge = (record: SetRegion, call: SetCall, seen: string): Replayed => {
    const unknown = { past: begins.how === 'met', changes: changesUnknown, spaces: limits.spaces === null }
    const result = replay(cells, call, seen, unknown)
    if (result.verdict === 'not judged') sink.notJudged()
    if (result.verdict === 'deviates')
      sink.deviation({ line: record.line, call: showSetCall(call), seen, allowed: result.allowed })
    return result
  }

  return {
    begins,
    threads,
    begun: call => {
      begunAt.set(call.tid, threads.now())
    },
    set: record => {
      untouched = false
      const began = begunAt.get(record.tid) ?? threads.now()
      begunAt.delete(record.tid)
      const place = startOf(record)
      const seen = seenOf(record.outcome)
      if (record.region === null || seen === null) {
        // A failed call has changed nothing, whatever it asked for.
        if (record.outcome.is !== 'error') changesUnknown = true
        sink.notJudged()
        return applied(record, null, place, began, cells)
      }
      const call = setCallOf(record.region, record.ioctl)
      if (!inStrace && hidesDelete(cells, call, seen)) {
        const gone = judge(record, deleteBefore(call), seen)
        applied(record, deleteBefore(call), { ...place, at: null }, began, gone.next)
      }
      const { next } = judge(record, call, seen)
      applied(record, call, place, began, next)
    },
    otherCall: call => {
      const harvests = call.what === 'get-dirty'
      if (harvests && call.outcome.is === 'value') logs.harvested(call.tid, startOf(call))
      else logs.called(call.tid)
      boundaries.get(call.tid)?.otherCall(harvests ? 'get-dirty' : 'other')
    },
    ended: tid => {
      logs.called(tid)
      boundaries.get(tid)?.run()
    },
    learn: call => {
      limits = learn(limits, call)
      if (untouched) cells = newMachine(limits)
    },
    end: () => {
      for (const its of boundaries.values()) its.end()
    },
  }
}
