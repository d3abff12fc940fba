import type { AuditReport, HoleRef, ReportHole, ReportUpdate } from '../codec.js'
import { riskSummary } from './risk.js'
import { bytes, grouped, ms, plural, range, threads } from './units.js'

export const holeAt = (report: AuditReport, ref: HoleRef): { update: ReportUpdate; hole: ReportHole } => {
  const update = report.updates[ref.update]
  const hole = update?.holes[ref.hole]
  if (update === undefined || hole === undefined) throw new Error('a report refers to holes that it holds')
  return { update, hole }
}

const holeLine = (hole: ReportHole): string =>
  `${hole.as === 0 ? '' : `space ${hole.as}, `}${range(hole)} (${bytes(BigInt(hole.size))}) unmapped for ${ms(hole.seconds)}, lines ${hole.fromLine}→${hole.toLine}, ${insideWords(hole)}`

export const insideWords = ({ running, beforeRun }: ReportHole): string => {
  if (beforeRun === true) return 'before any vCPU ran'
  if (running === null) return 'who was inside KVM_RUN is unknown'
  return running.length === 0 ? 'no other vCPU inside KVM_RUN' : `${threads(running)} inside KVM_RUN`
}

const holesLine = ({ totals }: AuditReport): string => {
  const { holesMet, holesUnmet, holesBeforeRun, holesUnknown, holes, updates, updatesWithHoles } = totals
  if (holes === 0) return `none in ${plural(updates, 'update')}`
  const parts = [
    [holesMet, 'while another vCPU was inside KVM_RUN'],
    [holesUnmet, 'while no other vCPU was'],
    [holesBeforeRun, 'before any vCPU ran'],
    [holesUnknown, 'while who was inside KVM_RUN is unknown'],
  ] as const
  const told = parts.filter(([count]) => count > 0).map(([count, when]) => `${grouped(count)} ${when}`)
  return `${plural(holes, 'window')} in ${grouped(updatesWithHoles)} of ${plural(updates, 'update')}: ${told.join(', ')}`
}

const vmsLine = ({ vms, totals }: AuditReport): string => {
  const [vm] = vms
  if (totals.vms !== 1 || vm === undefined) return plural(totals.vms, 'VM')
  const past = vm.created ? '' : ' whose creation is not recorded'
  const ran = vm.vcpuThreads.length === 0 ? 'no vCPU thread seen' : `vCPU ${threads(vm.vcpuThreads)}`
  return `1 VM${past} (${ran})`
}

export interface SummaryLine {
  readonly name: string
  readonly says: string
  readonly tone: 'good' | 'bad' | 'plain'
}

/** What a reader wants to know first. */
export const summaryLines = (report: AuditReport): readonly SummaryLine[] => {
  const { totals, worst, longest } = report
  const lines: SummaryLine[] = [
    {
      name: 'Recording',
      says: `${plural(report.counted.lines, 'line')} of ${report.format === 'strace' ? 'strace' : 'a QEMU trace log'}: ${plural(report.calls, 'memslot call')}, ${grouped(report.failed)} failed; ${vmsLine(report)}`,
      tone: 'plain',
    },
    {
      name: 'Deviations',
      says:
        totals.deviations === 0
          ? 'none: every result is one that profile linux allows'
          : `${plural(totals.deviations, 'call')} whose result profile linux does not allow`,
      tone: totals.deviations === 0 ? 'good' : 'bad',
    },
    { name: 'Holes', says: holesLine(report), tone: totals.holesMet > 0 ? 'bad' : 'plain' },
  ]
  if (worst !== null) lines.push({ name: 'Worst', says: holeLine(holeAt(report, worst).hole), tone: 'bad' })
  if (longest !== null && (longest.update !== worst?.update || longest.hole !== worst.hole))
    lines.push({ name: 'Longest', says: holeLine(holeAt(report, longest).hole), tone: 'plain' })
  lines.push({
    name: 'Dirty bits at risk',
    says: riskSummary(report),
    tone: totals.loggedDeletes === 0 ? 'good' : 'bad',
  })
  return lines
}

/** Deviations, holes and updates of the recording that the report counts without listing them. */
export const leftOut = (report: AuditReport): readonly string[] => {
  const { totals, deviations, updates, vms } = report
  const listed = updates.reduce((sum, update) => sum + update.holes.length, 0)
  const parts: readonly (readonly [number, string])[] = [
    [totals.updates - updates.length, 'update'],
    [totals.holes - listed, 'window'],
    [totals.deviations - deviations.length, 'deviation'],
    [totals.vms - vms.length, 'VM'],
  ]
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${plural(count, what)} counted, but not kept`)
}
