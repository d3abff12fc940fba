import type { ReportUpdate } from '../reports/audit/codec.js'
import type { Sink } from './boundaries.js'
import { createFindings, type Findings } from './findings.js'
import { badnessOf } from './holes.js'
import { lanesAround } from './lanes.js'
import type { VmId } from './recording/record.js'
import { reportUpdate, stretchesOf } from './report-update.js'
import type { Update } from './update.js'
import type { VcpuThreads } from './vcpu-threads.js'

/** Where the updates of one thread on one VM go; provisional ones stay apart until it shows which reading holds. */
export const updateSink = (vm: VmId, threads: VcpuThreads, findings: Findings): Sink => {
  let provisional = createFindings()
  const add = (to: Findings, update: Update) => {
    const stretches = stretchesOf(update)
    let report: ReportUpdate | null = null
    to.add({
      stretches: stretches.map(({ hole, count }) => ({ ...badnessOf(hole), pages: count })),
      moreHoles: update.moreHoles,
      loggedDeletes: update.atRisk.length,
      report: () => {
        report ??= reportUpdate(vm, update, stretches)
        return report
      },
      lanes: hole => lanesAround(hole, threads),
    })
  }
  return {
    emit: update => add(findings, update),
    provisional: update => add(provisional, update),
    dropProvisional: () => {
      provisional = createFindings()
    },
    keepProvisional: () => {
      findings.absorb(provisional)
      provisional = createFindings()
    },
  }
}
