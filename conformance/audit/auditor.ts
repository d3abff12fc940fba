import type { AuditReport } from '../reports/audit/codec.js'
import { createFindings, orderFindings } from './findings.js'
import { learn, nothingRecorded, type RecordedLimits } from './recorded-limits.js'
import type { RecordedCall, Run, VmBegins, VmId } from './recording/record.js'
import type { ImportSummary } from './recording/summary.js'
import { updateSink } from './update-sink.js'
import { type AuditedVm, type Deviation, followVm, startOf } from './vm.js'

const KEPT_DEVIATIONS = 1000
const KEPT_VMS = 1000

/** Hears a recording call by call and keeps what it finds, not what it heard. */
export interface Auditor {
  hear(call: RecordedCall): void
  report(file: string, summary: ImportSummary): AuditReport
}

export const createAuditor = (): Auditor => {
  const findings = createFindings()
  const deviations: Deviation[] = []
  const vms = new Map<VmId, AuditedVm>()
  const gone: AuditReport['vms'] = []
  const runners = new Set<number | null>()
  // The VMs a thread made calls on, so that KVM_RUN, the most frequent call by far, costs nothing elsewhere.
  const calledBy = new Map<number | null, Set<AuditedVm>>()
  let limits: RecordedLimits = nothingRecorded
  const count = { deviations: 0, vms: 0, calls: 0, failed: 0, logCalls: 0, runs: 0, notJudged: 0 }

  const begin = (begins: VmBegins): void => {
    for (const id of begins.replaces) finish(id)
    count.vms++
    const vm = followVm(begins, limits, tid => runners.has(tid), {
      deviation: deviation => {
        count.deviations++
        if (deviations.length < KEPT_DEVIATIONS) deviations.push(deviation)
      },
      notJudged: () => {
        count.notJudged++
      },
      sinkFor: threads => updateSink(begins.vm, threads, findings),
    })
    vms.set(begins.vm, vm)
  }

  const tell = ({ begins, threads }: AuditedVm): AuditReport['vms'][number] => {
    const ran = threads.now().threads
    return {
      vm: begins.vm,
      fd: begins.fd,
      line: begins.line,
      created: begins.how === 'created',
      vcpuThreads: ran.map(({ tid }) => tid).sort((a, b) => a - b),
    }
  }

  const finish = (id: VmId): void => {
    const vm = vms.get(id)
    if (vm === undefined) return
    vm.end()
    vms.delete(id)
    for (const [tid, its] of calledBy) if (its.delete(vm) && its.size === 0) calledBy.delete(tid)
    if (gone.length < KEPT_VMS) gone.push(tell(vm))
  }

  /** KVM_RUN of a thread ends its updates, on whatever VM; whose vCPU it runs need not be recorded. */
  const ran = (tid: number | null): void => {
    runners.add(tid)
    for (const vm of calledBy.get(tid) ?? []) vm.ended(tid)
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
    ran(call.tid)
    const vm = call.vm === null ? undefined : vms.get(call.vm)
    const [entered, left] = [
      { line: call.line, at: call.from },
      { line: call.endLine, at: call.to },
    ]
    if (vm !== undefined && call.tid !== null) vm.threads.leave(call.tid, entered, left)
    else for (const other of vms.values()) if (other.begins.how === 'met') other.threads.ranSomehow()
  }

  const hear = (call: RecordedCall): void => {
    switch (call.what) {
      case 'vm-begins':
        begin(call)
        return
      case 'begins': {
        const vm = call.vm === null ? undefined : vms.get(call.vm)
        if (call.call === 'set') vm?.begun(call)
        if (call.call !== 'run') return
        if (call.tid !== null) vm?.threads.enter(call.tid, startOf(call))
        ran(call.tid)
        return
      }
      case 'run':
        run(call)
        return
      case 'set':
        count.calls++
        if (call.outcome.is === 'error') count.failed++
        touch(call.vm, call.tid)?.set(call)
        return
      case 'check-extension':
        if (call.vm === null) limits = learn(limits, call)
        else vms.get(call.vm)?.learn(call)
        break
      case 'get-dirty':
      case 'clear-dirty':
        count.logCalls++
        break
      case 'create-vcpu':
      case 'enable-cap':
      case 'other':
        break
    }
    if (call.vm !== null) touch(call.vm, call.tid)?.otherCall(call)
  }

  return {
    hear,
    report: (file, summary) => {
      for (const id of [...vms.keys()]) finish(id)
      const { totals, ...found } = orderFindings(findings)
      return {
        schema: 'memslot-audit',
        version: 1,
        file,
        format: summary.format,
        stamps: summary.stamps,
        calls: count.calls,
        failed: count.failed,
        deviations: deviations.map(deviation => ({ ...deviation, allowed: [...deviation.allowed] })),
        ...found,
        vms: gone,
        totals: { ...totals, deviations: count.deviations, vms: count.vms },
        counted: {
          lines: summary.lines,
          unknownLines: summary.unknownLines,
          firstUnknown: [...summary.firstUnknown],
          otherLines: summary.otherLines,
          logCalls: count.logCalls,
          runs: count.runs,
          undecoded: summary.undecoded,
          notJudged: count.notJudged,
          neverEnded: summary.neverEnded,
          neverBegun: summary.neverBegun,
          ambiguous: summary.ambiguous,
          cutShort: summary.cutShort,
        },
      }
    },
  }
}
