import type { Cells } from '../../spec/terms/cells.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { slotById } from '../../spec/terms/space.js'
import type { Applied } from './applied.js'
import { createLogWatch } from './at-risk.js'
import type { AuditedVm, VmContext, VmSink } from './audited-vm.js'
import { isOfCommit } from './commit-calls.js'
import { type Commits, createCommits } from './commits.js'
import { deltaOfCall, framesOf } from './delta.js'
import { createEarlierMoves } from './earlier-moves.js'
import { type Environment, heed, learn, newMachine, nothingAsked } from './environment.js'
import { deleteBefore, hidesDelete, type Judgement, judgeCall } from './judge-call.js'
import { bitmapLost, spaceIn } from './machine.js'
import { errorOf, type Place } from './place.js'
import type { MaySet, RecordedCall, SetRegion, VmBegins } from './recording/record.js'
import { seenOf, setCallOf, showSetCall } from './set-call.js'
import { createToldBoundaries } from './told-boundaries.js'
import type { Moment } from './vcpu-threads.js'
import { createVcpuWatch } from './vcpu-watch.js'
import { whyFailed } from './why-failed.js'

/** The start of a call, as near as it is recorded. */
const startOf = (call: RecordedCall): Place => ({ line: call.line, at: call.from ?? call.to })

/** Follows one VM through the recording. */
export const followVm = (begins: VmBegins, context: VmContext, sink: VmSink): AuditedVm => {
  const { options, facts } = context
  const created = begins.how === 'created'
  const begunAt = new Map<number | null, Moment>()
  let environment: Environment = {
    options,
    type: begins.type,
    ofHost: context.ofHost,
    ofVm: nothingAsked,
    tss: null,
    identityMap: 'default',
    irqchip: false,
    hasVcpu: false,
  }
  let cells: Cells = newMachine(environment)
  let untouched = true
  /** The threads that made memslot calls. */
  const setters = new Set<number | null>()
  let changesUnknown = false
  let unmapped = false
  let gets = false
  const earlierMoves = createEarlierMoves()
  const boundaries = createToldBoundaries(options.pause, facts)

  const vcpus = createVcpuWatch({
    created,
    named: boundaries.named,
    threadTold: boundaries.threadTold,
    anyRun: context.anyRun,
    // What was unmapped before the first KVM_RUN ever was no part of a commit that goes on.
    onFirstRun: () => {
      if (created) commits.boundary('all')
    },
  })
  const { threads } = vcpus

  const commits: Commits = createCommits(
    {
      pause: options.pause,
      error: () => errorOf(facts().resolution),
      guesses: boundaries.guesses,
      evidence: (from, call, except) => vcpus.evidence(from, call.place, call.began, except),
      exits: vcpus.exits,
    },
    sink,
  )
  const logs = createLogWatch(() => gets || facts().format === 'strace' || facts().format === 'bpftrace')

  const applied = (record: SetRegion, call: SetCall, place: Place, began: Moment, next: Cells): Applied => {
    const { as } = call
    const before = spaceIn(cells, as)
    const after = spaceIn(next, as)
    const failed = record.outcome.is === 'error'
    const { tid } = record
    const lost = failed ? null : bitmapLost(cells, call)
    const delta = deltaOfCall(before, after, call.id)
    const told: Applied = {
      tid,
      place,
      ended: record.to,
      began,
      failed,
      as,
      before,
      after,
      delta,
      isDelete: call.size === 0n,
      atRisk:
        lost === null
          ? null
          : logs.lost({
              ...lost,
              as,
              tid,
              at: place,
              evidence: from => vcpus.evidence(from, place, began, null),
            }),
      stack: record.stack ?? null,
    }
    if (delta.unmapped.length > 0) unmapped = true
    cells = next
    logs.called(tid)
    logs.slotsChanged(as, delta.removed, delta.added, place)
    commits.call(told)
    return told
  }

  /** A call that changed something, and what is not known: whatever it named may be unmapped from here on. */
  const unread = (record: SetRegion | MaySet, place: Place): void => {
    if (record.outcome.is === 'error') return
    changesUnknown = true
    const named = record.slot
    for (const [as, space] of cells.spaces.entries()) {
      if (named !== null && named.as !== as) continue
      const touched = named === null ? space.slots : space.slots.filter(({ id }) => id === named.id)
      const without = { ...space, slots: space.slots.filter(other => !touched.includes(other)) }
      commits.unread(record.tid, as, framesOf(touched), place)
      cells = { ...cells, spaces: cells.spaces.with(as, without) }
    }
  }

  const report = (
    record: SetRegion,
    call: SetCall,
    seen: string,
    judgement: Judgement,
    before: Cells,
  ): void => {
    const told = { line: record.line, call: showSetCall(call), seen }
    switch (judgement.kind) {
      case 'not judged':
        sink.notJudged()
        break
      case 'explained':
        sink.explained({ ...told, allowed: [...judgement.allowed], by: judgement.by })
        break
      case 'deviates':
        sink.deviation({ ...told, allowed: [...judgement.allowed], by: null })
        break
      case 'allowed':
        break
    }
    if (seen !== 'success')
      sink.failure(whyFailed(record.line, call, record.region?.guestMemfd, seen, before, judgement))
  }

  const judged = (record: SetRegion, call: SetCall, seen: string): Cells => {
    const before = cells
    setters.add(record.tid)
    // QEMU's events do not say of which process a thread is, unless it made the VM.
    const others = !created && facts().format === 'qemu-trace' && setters.size > 1
    const unknown = { past: !created, changes: changesUnknown || others }
    const { judgement, next } =
      facts().format === 'vmm-log'
        ? {
            judgement: { kind: 'not judged' } as const,
            next: judgeCall(cells, call, seen, unknown, environment).next,
          }
        : judgeCall(cells, call, seen, unknown, environment)
    report(record, call, seen, judgement, before)
    return next
  }

  return {
    begins,
    threads,
    begun: call => {
      begunAt.set(call.tid, threads.now(call.line))
      if (call.call !== 'run') threads.heard(call.tid, call.line)
    },
    set: record => {
      untouched = false
      threads.heard(record.tid, record.line)
      const began = begunAt.get(record.tid) ?? threads.now(record.line)
      begunAt.delete(record.tid)
      const place = startOf(record)
      boundaries.set(record.tid, place)
      const seen = seenOf(record.outcome)
      if (record.region === null || seen === null) {
        sink.notJudged()
        unread(record, place)
        return
      }
      const call = setCallOf(record.region, record.ioctl)
      const fromTrace = facts().format === 'qemu-trace'
      if (fromTrace && hidesDelete(cells, call, seen)) {
        const hidden = record.hidden ?? { line: record.line, at: null }
        const gone = deleteBefore(call)
        applied(
          record,
          gone,
          hidden,
          began,
          judgeCall(cells, gone, seen, { past: false, changes: true }, environment).next,
        )
      }
      const unseen =
        seen === 'success' && call.size === 0n && slotById(spaceIn(cells, call.as), call.id) === null
      if (!created && seen === 'success') {
        const first = { tid: record.tid, place, stack: record.stack ?? null }
        const moved = earlierMoves(first, call, spaceIn(cells, call.as))
        if (moved !== null) commits.mayHaveMoved(moved.first, call.as, moved.pages)
      }
      const next = judged(record, call, seen)
      const told = applied(record, call, place, began, next)
      if (!unseen) return
      unmapped = true
      commits.unsized(told, Number(call.gpa >> 12n))
    },
    maySet: record => {
      untouched = false
      boundaries.set(record.tid, startOf(record))
      unread(record, startOf(record))
    },
    harvest: call => {
      gets = true
      threads.heard(call.tid, call.line)
      if (call.outcome.is === 'value') logs.harvested(call.tid, startOf(call))
      commits.goesOn(call.tid, startOf(call).at, call.to)
    },
    other: call => {
      threads.heard(call.tid, call.line)
      if (call.name === 'KVM_RESET_DIRTY_RINGS') logs.ringSeen()
      environment = heed(environment, call)
      if (isOfCommit(call.name)) {
        commits.goesOn(call.tid, startOf(call).at, call.to)
        return
      }
      logs.called(call.tid)
      boundaries.ending()
      if (boundaries.threadTold(call.tid)) commits.boundary(call.tid)
    },
    vcpuCreated: call => {
      threads.heard(call.tid, call.line)
      logs.called(call.tid)
      if (boundaries.threadTold(call.tid)) commits.boundary(call.tid)
      if (call.outcome.is === 'error') return
      environment = { ...environment, hasVcpu: true }
      vcpus.made(call)
    },
    entered: vcpus.entered,
    run: call => {
      boundaries.ending()
      vcpus.run(call)
    },
    ranSomewhere: vcpus.elsewhere,
    boundary: tid => {
      if (!boundaries.threadTold(tid)) return
      logs.called(tid)
      commits.boundary(tid)
    },
    learn: call => {
      environment = { ...environment, ofVm: learn(environment.ofVm, call) }
      if (untouched) cells = newMachine(environment)
    },
    boundariesUnknown: boundaries.unknown,
    changesUnknown: () => changesUnknown,
    incomplete: vcpus.firstMissing,
    unmapped: () => unmapped,
    end: () => commits.end(),
  }
}
