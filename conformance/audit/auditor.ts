import type { AuditReport } from '../reports/audit/codec.js'
import type { AuditedVm } from './audited-vm.js'
import { learn, nothingAsked } from './environment.js'
import type { Order } from './evidence.js'
import { createFindings } from './findings.js'
import { createJudgedCalls } from './judged-calls.js'
import { createOpenFindings } from './open-findings.js'
import type { AuditOptions } from './options.js'
import { createPictures } from './pictured.js'
import type { RecordingFacts } from './recording/import-recording.js'
import type { RecordedCall, Run, VmBegins, VmId, Waits } from './recording/record.js'
import type { ImportSummary } from './recording/summary.js'
import { verdictOf } from './verdict.js'
import { followVm } from './vm.js'
import { whyReported } from './why-failed.js'

const KEPT_VMS = 1000

/** Hears a recording call by call and keeps what it finds, not what it heard. */
export interface Auditor {
  hear(call: RecordedCall): void
  report(file: string, summary: ImportSummary): AuditReport
}

export const createAuditor = (options: AuditOptions, facts: () => RecordingFacts): Auditor => {
  const findings = createFindings()
  const pictures = createPictures()
  const judged = createJudgedCalls()
  const vms = new Map<VmId, AuditedVm>()
  const gone: AuditReport['vms'] = []
  const boundariesUnknown = new Set<string>()
  // The VMs a thread has a commit on, so that KVM_RUN, the most frequent call by far, costs nothing elsewhere.
  const calledBy = new Map<number | null, Set<AuditedVm>>()
  let changesUnknown = false
  let unmapped = false
  let anyRun = false
  let ofHost = nothingAsked
  const count = {
    vms: 0,
    calls: 0,
    failed: 0,
    logCalls: 0,
    runs: 0,
    notJudged: 0,
  }

  const order = (): Order => {
    const { interleaved, complete, entries, missing, endsMissing, resolution, durationsWithin } = facts()
    const endsWithin = Math.max(resolution, durationsWithin)
    return { interleaved, complete, entries, missing, endsMissing, resolution, endsWithin }
  }

  const open = createOpenFindings(findings, options.names, order)

  const begin = (begins: VmBegins): void => {
    for (const id of begins.replaces) finish(id)
    count.vms++
    const vm: AuditedVm = followVm(
      begins,
      { options, ofHost, facts, anyRun: () => anyRun },
      {
        deviation: one => judged.deviation(begins.vm, one),
        explained: judged.explained,
        failure: judged.failure,
        notJudged: () => {
          count.notJudged++
        },
        update: update => {
          options.onUpdate?.(update)
          open.add({
            kind: 'update',
            vm: begins.vm,
            update,
            pictured: pictures(update, vm.threads, order()),
          })
        },
        back: back => open.add({ kind: 'back', vm: begins.vm, back }),
      },
    )
    vms.set(begins.vm, vm)
  }

  const tell = ({ begins, threads }: AuditedVm): AuditReport['vms'][number] => ({
    vm: begins.vm,
    fd: begins.fd,
    line: begins.line,
    created: begins.how === 'created',
    type: begins.type,
    vcpuThreads: [...threads.tids()].sort((a, b) => a - b),
  })

  const finish = (id: VmId): void => {
    const vm = vms.get(id)
    if (vm === undefined) return
    vm.end()
    vms.delete(id)
    for (const reason of vm.boundariesUnknown()) boundariesUnknown.add(reason)
    if (vm.changesUnknown()) changesUnknown = true
    if (vm.unmapped()) unmapped = true
    if (vm.incomplete()) judged.withdraw(id)
    for (const [tid, its] of calledBy) if (its.delete(vm) && its.size === 0) calledBy.delete(tid)
    if (gone.length < KEPT_VMS) gone.push(tell(vm))
  }

  /** A thread runs a vCPU, or waits: its commits are over, on whatever VM. */
  const over = (tid: number | null): void => {
    const its = calledBy.get(tid)
    if (its === undefined) return
    for (const vm of its) vm.boundary(tid)
    calledBy.delete(tid)
  }

  const touch = (id: VmId, tid: number | null): AuditedVm | undefined => {
    const vm = vms.get(id)
    if (vm === undefined) return undefined
    const its = calledBy.get(tid)
    if (its === undefined) calledBy.set(tid, new Set([vm]))
    else its.add(vm)
    return vm
  }

  const run = (call: Run): void => {
    count.runs++
    anyRun = true
    over(call.tid)
    const vm = call.vm === null ? undefined : vms.get(call.vm)
    if (vm !== undefined) vm.run(call)
    else for (const other of vms.values()) other.ranSomewhere()
  }

  const waits = ({ tid, how, from, to }: Waits): void => {
    const long = from !== null && to !== null && to - from > options.pause
    if (how === 'waits' || long) over(tid)
  }

  const hear = (call: RecordedCall): void => {
    switch (call.kind) {
      case 'run':
        run(call)
        return
      case 'vm-begins':
        begin(call)
        return
      case 'begins': {
        const vm = call.vm === null ? undefined : vms.get(call.vm)
        if (call.call === 'run') {
          anyRun = true
          over(call.tid)
          if (call.tid !== null) vm?.entered(call)
        } else vm?.begun(call)
        return
      }
      case 'set':
        count.calls++
        if (call.outcome.is === 'error') count.failed++
        touch(call.vm, call.tid)?.set(call)
        return
      case 'may-set':
        count.calls++
        count.notJudged++
        if (call.outcome.is === 'error') count.failed++
        for (const id of call.vms) touch(id, call.tid)?.maySet(call)
        return
      case 'left-out':
        for (const vm of vms.values()) {
          vm.maySet({ ...call, kind: 'may-set', vms: [], slot: null, outcome: { is: 'unknown' } })
          vm.ranSomewhere()
        }
        return
      case 'failed':
        count.calls++
        count.failed++
        judged.failure(whyReported(call))
        return
      case 'waits':
        waits(call)
        return
      case 'check-extension':
        if (call.vm === null) ofHost = learn(ofHost, call)
        else {
          const vm = vms.get(call.vm)
          vm?.learn(call)
          vm?.other({ ...call, kind: 'other', vm: call.vm, name: 'KVM_CHECK_EXTENSION', argument: null })
        }
        return
      case 'get-dirty':
        count.logCalls++
        vms.get(call.vm)?.harvest(call)
        return
      case 'clear-dirty':
        count.logCalls++
        vms.get(call.vm)?.other({ ...call, kind: 'other', name: 'KVM_CLEAR_DIRTY_LOG', argument: null })
        return
      case 'create-vcpu':
        vms.get(call.vm)?.vcpuCreated(call)
        return
      case 'other':
        if (call.vm !== null) vms.get(call.vm)?.other(call)
        // Whose vCPU that is cannot be told: it may be any VM's.
        else if (call.name === 'KVM_CREATE_VCPU') for (const vm of vms.values()) vm.ranSomewhere()
    }
  }

  return {
    hear,
    report: (file, summary) => {
      for (const id of [...vms.keys()]) finish(id)
      open.settleAll()
      const { totals, ...found } = findings.ordered()
      const { deviations, explained, failures, counts } = judged.left(facts().missing)
      const all = {
        ...totals,
        deviations: counts.deviations,
        explained: counts.explained,
        vms: count.vms,
      }
      const unknown = [...boundariesUnknown, ...open.unmeasured()]
      return {
        schema: 'memslot-audit',
        version: 2,
        file,
        files: [...summary.files],
        origins: [],
        format: summary.format,
        stamps: summary.stamps,
        relative: summary.relative,
        pause: options.pause,
        verdict: verdictOf({
          totals: all,
          undecided: found.undecided,
          windows: found.updates.flatMap(({ windows }) => windows),
          boundariesUnknown: unknown,
          changesUnknown,
          ambiguous: summary.ambiguous,
          foreign: summary.foreign,
          unmapped,
          missing: facts().missing,
          failuresOnly: summary.failuresOnly,
          nothingReplayed: summary.memslotCalls === 0,
        }),
        calls: count.calls,
        failed: count.failed,
        deviations,
        explained,
        failures,
        ...found,
        vms: gone,
        totals: all,
        boundariesUnknown: unknown,
        counted: {
          lines: summary.lines,
          unknownLines: summary.unknownLines,
          broken: summary.broken.map(line => ({ ...line })),
          otherLines: summary.otherLines,
          logCalls: count.logCalls,
          runs: count.runs,
          undecoded: summary.undecoded,
          notJudged: count.notJudged + counts.withdrawn,
          neverEnded: summary.neverEnded,
          neverBegun: summary.neverBegun,
          ambiguous: summary.ambiguous,
          cutShort: summary.cutShort,
        },
      }
    },
  }
}
