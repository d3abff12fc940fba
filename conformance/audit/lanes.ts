import type { Lane, ReportHole } from '../reports/audit/codec.js'
import type { Place } from './place.js'
import type { VcpuThreads } from './vcpu-threads.js'

const LANE_INTERVALS = 500

/** Part of the hole's length that is shown before and after it. */
export const MARGIN = 0.15

/** KVM_RUN of every vCPU thread around a hole, for its picture; null where not recorded. */
export const lanesAround = (hole: ReportHole, threads: VcpuThreads): Lane[] | null => {
  if (hole.running === null) return null
  const margin = (hole.seconds ?? 0) * MARGIN
  const place = (line: number, at: number | null, by: number): Place => ({
    line,
    at: at === null ? null : at + by,
  })
  const from = place(hole.fromLine, hole.from, -margin)
  const to = place(hole.toLine, hole.to, margin)
  const lanes = new Map<number, Lane>()
  for (const tid of threads.now().threads.map(thread => thread.tid)) lanes.set(tid, { tid, intervals: [] })
  for (const run of threads.during(from, to)) {
    const lane = lanes.get(run.tid)
    if (lane !== undefined && lane.intervals.length < LANE_INTERVALS)
      lane.intervals.push({ from: run.from.at, to: run.to === null ? to.at : run.to.at })
  }
  return [...lanes.values()]
    .sort((a, b) => a.tid - b.tid)
    .map(lane => ({
      ...lane,
      intervals: lane.intervals.toSorted((a, b) => (a.from ?? 0) - (b.from ?? 0)),
    }))
}
