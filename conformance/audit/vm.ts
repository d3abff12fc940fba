import type { Cells } from '../../spec/terms/cells.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { slotById } from '../../spec/terms/space.js'
import type { ReportFailure, ReportJudged } from '../reports/audit/codec.js'
import type { Applied } from './applied.js'
import { createLogWatch } from './at-risk.js'
import { isOfCommit } from './commit-calls.js'
import { type CommitSink, type Commits, createCommits } from './commits.js'
import { deltaOf, framesOf } from './delta.js'
import { type Capabilities, type Environment, heed, learn, newMachine, nothingAsked } from './environment.js'
import type { Blind, Evidence } from './evidence.js'
import { deleteBefore, hidesDelete, type Judgement, judgeCall } from './judge-call.js'
import { bitmapLost, spaceIn } from './machine.js'
import type { AuditOptions } from './options.js'
import type { Place } from './place.js'
import type { RecordingFacts } from './recording/import-recording.js'
import type {
  CallBegins,
  CheckExtension,
  CreateVcpu,
  GetDirty,
  OtherCall,
  RecordedCall,
  Run,
  SetRegion,
  VmBegins,
} from './recording/record.js'
import { seenOf, setCallOf, showSetCall } from './set-call.js'
import type { Exits } from './update.js'
import { createVcpuThreads, type Moment, type VcpuThreads } from './vcpu-threads.js'
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
  /** A vCPU entered KVM_RUN; that it left is told by `run`. */
  entered(call: CallBegins): void
  set(call: SetRegion): void
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
  end(): void
}

/** The start of a call, as near as it is recorded. */
export const startOf = (call: RecordedCall): Place => ({ line: call.line, at: call.from ?? call.to })

const KEPT_EXITS = 1024

export const followVm = (begins: VmBegins, context: VmContext, sink: VmSink): AuditedVm => {
  const { options, facts } = context
  const created = begins.how === 'created'
  const threads = createVcpuThreads()
  const begunAt = new Map<number | null, Moment>()
  const exits: { readonly tid: number; readonly line: number; readonly exit: 'mmio' | 'internal error' }[] =
    []
  const vcpusCreated = new Set<number>()
  /** The thread that runs a vCPU; `several` where it is not always the same. */
  const runnerOf = new Map<number, number | null | 'several'>()
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
  let changesUnknown = false
  let ran = false
  let unbound = false
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

  const blind = (): Blind | null => {
    if (!named) return 'threads not named'
    return unbound ? 'vCPU not bound' : null
  }

  /** What is asked at the end about the vCPUs that were created until now. */
  const vcpusBy = (except: number | null): Pick<Evidence, 'unseen' | 'alone' | 'mixed'> => {
    const until = [...vcpusCreated]
    return {
      unseen: () => {
        const count = until.filter(vcpu => !runnerOf.has(vcpu)).length
        return count === 0 ? null : count
      },
      mixed: () => !created && [...runnerOf.values()].includes('several'),
      alone: () =>
        created &&
        until.length > 0 &&
        threadsTold(except) &&
        until.every(vcpu => runnerOf.get(vcpu) === except),
    }
  }

  const evidenceOf = (from: Place, to: Place, moment: Moment, except: number | null): Evidence => ({
    from,
    to,
    moment,
    except,
    allKnown: created,
    blind,
    beforeRun: created && !ran,
    beforeAnyRun: !context.anyRun(),
    ...vcpusBy(except),
  })

  const exitsWithin = (from: Place, to: Place, except: number | null): Exits => {
    const within = exits.filter(({ tid, line }) => tid !== except && line >= from.line && line <= to.line)
    const internal = within.filter(({ exit }) => exit === 'internal error').length
    return { mmio: within.length - internal, internalError: internal }
  }

  const commits: Commits = createCommits(
    {
      pause: options.pause,
      finelyStamped: () => stamped && facts().resolution < options.pause,
      guesses: tid =>
        !threadsTold(tid) || (endingCalls === 0 && !(stamped && facts().resolution < options.pause)),
      evidence: (from, call, except) => evidenceOf(from, call.place, call.began, except),
      exits: exitsWithin,
    },
    sink,
  )
  const logs = createLogWatch(() => gets || facts().format === 'strace' || facts().format === 'bpftrace')

  const applied = (
    record: SetRegion,
    call: SetCall | null,
    place: Place,
    began: Moment,
    next: Cells,
  ): Applied => {
    const as = call?.as ?? record.slot?.as ?? 0
    const before = spaceIn(cells, as)
    const after = spaceIn(next, as)
    const failed = record.outcome.is === 'error'
    const { tid } = record
    const lost = call === null || failed ? null : bitmapLost(cells, call)
    const delta = deltaOf(before, after)
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
      isDelete: call?.size === 0n,
      atRisk:
        lost === null
          ? null
          : logs.lost({
              ...lost,
              as,
              tid,
              at: place,
              evidence: from => evidenceOf(from, place, began, null),
            }),
      stack: record.stack ?? null,
    }
    cells = next
    logs.called(tid)
    logs.slotsChanged(as, delta.removed, delta.added, place)
    commits.call(told)
    return told
  }

  /** A call that changed something, and what is not known: whatever it named may be unmapped from here on. */
  const unread = (record: SetRegion, place: Place): void => {
    if (record.outcome.is === 'error') return
    changesUnknown = true
    const as = record.slot?.as ?? 0
    const space = spaceIn(cells, as)
    const slot = record.slot === null ? null : slotById(space, record.slot.id)
    const touched = slot !== null ? [slot] : record.slot === null ? space.slots : []
    const without = { ...space, slots: space.slots.filter(other => !touched.includes(other)) }
    commits.unread(record.tid, as, framesOf(touched), place)
    cells = { ...cells, spaces: cells.spaces.with(as, without) }
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
    const unknown = { past: !created, changes: changesUnknown }
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

  /** The first KVM_RUN ever of a vCPU: what was unmapped before it was no part of a commit that goes on. */
  const firstRun = (): void => {
    if (ran) return
    ran = true
    if (created) commits.boundary('all')
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
      if (unseen) commits.unsized(told, Number(call.gpa >> 12n))
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
      if (call.outcome.is === 'error') return
      environment = { ...environment, hasVcpu: true }
      if (call.vcpu !== null) vcpusCreated.add(call.vcpu)
      threads.heard(call.tid, call.line)
      logs.called(call.tid)
      if (threadsTold(call.tid)) commits.boundary(call.tid)
    },
    entered: call => {
      firstRun()
      if (call.tid !== null) threads.enter(call.tid, startOf(call))
    },
    run: call => {
      endingCalls++
      firstRun()
      if (call.vcpu !== null) {
        const runner = runnerOf.get(call.vcpu)
        if (runner === undefined) runnerOf.set(call.vcpu, call.tid)
        else if (runner !== call.tid) runnerOf.set(call.vcpu, 'several')
      }
      if (call.tid === null) return
      const left = { line: call.endLine, at: call.to }
      threads.leave(call.tid, { line: call.line, at: call.from }, left, call.end)
      if (call.exit !== null) {
        exits.push({ tid: call.tid, line: call.endLine, exit: call.exit })
        if (exits.length > KEPT_EXITS) exits.shift()
      }
    },
    ranSomewhere: () => {
      unbound = true
    },
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
    end: () => commits.end(),
  }
}
