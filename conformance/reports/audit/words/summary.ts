import type { AuditReport } from '../codec.js'
import { windowSentence } from './absence.js'
import { riskSummary } from './risk.js'
import { grouped, plural, threads } from './units.js'
import { windowAt } from './verdict.js'

export interface SummaryLine {
  readonly name: string
  readonly says: string
  readonly tone: 'good' | 'bad' | 'doubtful' | 'plain'
}

const FORMATS: Readonly<Record<AuditReport['format'], string>> = {
  strace: 'strace',
  'qemu-trace': 'a QEMU trace',
  'qemu-error': 'a QEMU log',
  'vmm-log': 'cloud-hypervisor’s log',
  bpftrace: 'our bpftrace recorder',
}

const vmsLine = ({ vms, totals }: AuditReport): string => {
  const [vm] = vms
  if (totals.vms !== 1 || vm === undefined) return plural(totals.vms, 'VM')
  const past = vm.created ? '' : ' whose creation is not recorded'
  const ran = vm.vcpuThreads.length === 0 ? 'no vCPU thread seen' : `vCPU ${threads(vm.vcpuThreads)}`
  return `1 VM${past} (${ran})`
}

/** The first reason, without the words that the headline puts before it. */
const reasonOf = ({ because }: AuditReport['verdict']): string =>
  (because[0] ?? 'not all is recorded').replace(/^no window found; cannot tell, because /, '')

const windowsLine = ({ totals, verdict }: AuditReport): string => {
  const { windowsMet, windowsUnmet, windowsBeforeRun, windowsUnknown, windows, updates, updatesWithWindows } =
    totals
  if (windows === 0)
    return verdict.is === 'cannot tell'
      ? `none found in ${plural(updates, 'update')}; cannot tell, because ${reasonOf(verdict)}`
      : `none in ${plural(updates, 'update')}`
  const parts = [
    [windowsMet, 'while another vCPU was inside KVM_RUN'],
    [windowsUnknown, 'while who was inside KVM_RUN is unknown'],
    [windowsUnmet, 'while no other vCPU was'],
    [windowsBeforeRun, 'before any vCPU ran'],
  ] as const
  const told = parts.filter(([count]) => count > 0).map(([count, when]) => `${grouped(count)} ${when}`)
  return `${plural(windows, 'window')} in ${grouped(updatesWithWindows)} of ${plural(updates, 'update')}: ${told.join(', ')}`
}

const recordingLine = (report: AuditReport): SummaryLine => {
  const { counted, files, format, calls, failed } = report
  const where = files.length > 1 ? ` in ${files.length} files` : ''
  return {
    name: 'Recording',
    says: `${plural(counted.lines, 'line')} of ${FORMATS[format]}${where}: ${plural(calls, 'memslot call')}, ${grouped(failed)} failed; ${vmsLine(report)}`,
    tone: 'plain',
  }
}

/** What a reader wants to know next, after the verdict. */
export const summaryLines = (report: AuditReport): readonly SummaryLine[] => {
  const { totals, worst, longest, verdict } = report
  if (report.format === 'qemu-error') return [recordingLine(report)]
  const lines: SummaryLine[] = verdict.because
    .slice(1)
    .map(says => ({ name: 'And', says, tone: 'doubtful' as const }))
  lines.push({ name: 'Windows', says: windowsLine(report), tone: totals.windowsMet > 0 ? 'bad' : 'plain' })
  if (worst !== null) {
    const { window } = windowAt(report, worst)
    const tone = totals.windowsMet > 0 ? 'bad' : 'plain'
    lines.push({ name: 'Worst', says: windowSentence(window), tone })
    if (
      longest !== null &&
      windowAt(report, longest).window.seconds !== null &&
      (longest.update !== worst.update || longest.window !== worst.window)
    )
      lines.push({
        name: 'Longest',
        says: windowSentence(windowAt(report, longest).window),
        tone: 'plain',
      })
  }
  if (totals.replugged > 0)
    lines.push({
      name: 'Plugged again',
      says: `${plural(totals.replugged, 'range')} unplugged and plugged again later: no window`,
      tone: 'plain',
    })
  if (totals.undecided > 0)
    lines.push({
      name: 'Cannot tell',
      says: `${plural(totals.undecided, 'range')} unmapped and mapped again, within one update or not`,
      tone: 'doubtful',
    })
  lines.push({
    name: 'Dirty bits at risk',
    says: riskSummary(report),
    tone:
      totals.atRiskInBetween + totals.atRiskNeverHarvested > 0
        ? 'bad'
        : totals.atRiskUnknown > 0
          ? 'doubtful'
          : 'good',
  })
  lines.push({
    name: 'Deviations',
    says:
      totals.deviations > 0
        ? `${plural(totals.deviations, 'call')} whose result profile linux does not allow`
        : `none: every result judged is one that profile linux allows${totals.explained > 0 ? `, ${grouped(totals.explained)} of them by what the machine is` : ''}`,
    tone: totals.deviations > 0 ? 'bad' : 'good',
  })
  lines.push(recordingLine(report))
  return lines
}
