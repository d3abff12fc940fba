import type { Cells } from '../../spec/terms/cells.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { slotById } from '../../spec/terms/space.js'
import type { ReportFailure, ReportJudged } from '../reports/audit/codec.js'
import type { Applied } from './applied.js'
import { createLogWatch } from './at-risk.js'
import { isOfCommit } from './commit-calls.js'
import { type CommitSink, type Commits, createCommits } from './commits.js'
import { deltaOfCall, framesOf } from './delta.js'
import { type Capabilities, type Environment, heed, learn, newMachine, nothingAsked } from './environment.js'
import { deleteBefore, hidesDelete, type Judgement, judgeCall } from './judge-call.js'
import { bitmapLost, spaceIn } from './machine.js'
import type { AuditOptions } from './options.js'
import { errorOf, type Place } from './place.js'
import type { RecordingFacts } from './recording/import-recording.js'
import type {
  CallBegins,
  CheckExtension,
  CreateVcpu,
  GetDirty,
  MaySet,
  OtherCall,
  RecordedCall,
  Run,
  SetRegion,
  VmBegins,
} from './recording/record.js'
import { seenOf, setCallOf, showSetCall } from './set-call.js'
import type { Moment, VcpuThreads } from './vcpu-threads.js'
import { createVcpuWatch } from './vcpu-watch.js'
import { whyFailed } from './why-failed.js'

/** What a VM of the recording tells while it is followed. */
export interface VmSink extends CommitSink {
  deviation(judged: ReportJudged): void
  explained(judged: ReportJudged): void
  failure(failure: ReportFailure): void
  notJudged(): void
}

/** What is known of the recording as a whole, and what the user says of it. */
export interface VmContext {
  readonly options: AuditOptions
  readonly ofHost: Capabilities
  readonly facts: () => RecordingFacts
  /** Whether any thread has entered KVM_RUN, of whatever VM. */
  readonly anyRun: () => boolean
}

/** Follows one VM through the recording. */
export interface AuditedVm {
  readonly begins: VmBegins
  readonly threads: VcpuThreads
  begun(call: CallBegins): void
  /** A vCPU entered KVM_RUN; its return comes as `run`. */
  entered(call: CallBegins): void
  set(call: SetRegion): void
  /** A memslot call that may have been on this VM. */
  maySet(call: MaySet): void
  harvest(call: GetDirty): void
  /** Any other ioctl on the VM or its vCPUs. */
  other(call: OtherCall): void
  vcpuCreated(call: CreateVcpu): void
  run(call: Run): void
  /** A vCPU ran, and it is not known of which VM. */
  ranSomewhere(): void
  /** KVM_RUN of a thread, on whatever VM, or a wait of it: its commit is over. */
  boundary(tid: number | null): void
  busy(tid: number | null): boolean
  learn(call: CheckExtension): void
  /** Why it cannot be known where updates of this VM end; empty where it can. */
  boundariesUnknown(): readonly string[]
  /** A memslot line could not be read, or only a pointer was recorded. */
  changesUnknown(): boolean
  /** The lines of its first vCPU are missing, and memslot calls perhaps among them. */
  incomplete(): boolean
  /** Whether a call unmapped memory. */
  unmapped(): boolean
  end(): void
}

/** The start of a call, as near as it is recorded. */
export const startOf = (call: RecordedCall): Place => ({ line: call.line, at: call.from ?? call.to })

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
    identityMap: null,
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
  // Calls that could end an update: where none is recorded, nothing tells where one ends.
  let endingCalls = 0
  let stamped = false
  let named = false

  /** Lines that name no threads are one thread's, unless they are plainly cut out of a log of several. */
  const threadsTold = (tid: number | null): boolean => {
    if (tid !== null) return true
    const { format, interleaved } = facts()
    return format === 'strace' && !interleaved
  }

  const vcpus = createVcpuWatch({
    created,
    named: () => named,
    threadTold: threadsTold,
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
      guesses: tid =>
        !threadsTold(tid) || (endingCalls === 0 && !(stamped && facts().resolution < options.pause)),
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
      if (record.tid !== null) named = true
      threads.heard(record.tid, record.line)
      const began = begunAt.get(record.tid) ?? threads.now(record.line)
      begunAt.delete(record.tid)
      const place = startOf(record)
      if (place.at !== null) stamped = true
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
      const next = judged(record, call, seen)
      const told = applied(record, call, place, began, next)
      if (!unseen) return
      unmapped = true
      commits.unsized(told, Number(call.gpa >> 12n))
    },
    maySet: record => {
      untouched = false
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
      endingCalls++
      if (threadsTold(call.tid)) commits.boundary(call.tid)
    },
    vcpuCreated: call => {
      threads.heard(call.tid, call.line)
      logs.called(call.tid)
      if (threadsTold(call.tid)) commits.boundary(call.tid)
      if (call.outcome.is === 'error') return
      environment = { ...environment, hasVcpu: true }
      vcpus.made(call)
    },
    entered: vcpus.entered,
    run: call => {
      endingCalls++
      vcpus.run(call)
    },
    ranSomewhere: vcpus.elsewhere,
    boundary: tid => {
      if (!threadsTold(tid)) return
      logs.called(tid)
      commits.boundary(tid)
    },
    busy: commits.busy,
    learn: call => {
      environment = { ...environment, ofVm: learn(environment.ofVm, call) }
      if (untouched) cells = newMachine(environment)
    },
    boundariesUnknown: () => {
      const reasons: string[] = []
      if (untouched) return reasons
      if (!named && !threadsTold(null)) reasons.push('lines do not name their threads')
      if (endingCalls === 0 && !(stamped && facts().resolution < options.pause))
        reasons.push(
          stamped
            ? 'only memslot calls are recorded, with times too coarse to measure a pause'
            : 'only memslot calls are recorded, without times',
        )
      return reasons
    },
    changesUnknown: () => changesUnknown,
    incomplete: vcpus.firstMissing,
    unmapped: () => unmapped,
    end: () => commits.end(),
  }
}
