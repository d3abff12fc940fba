import type { Lane } from '../reports/audit/codec.js'
import { MARGIN } from '../reports/audit/margin.js'
import type { Place } from './place.js'
import type { VcpuThreads } from './vcpu-threads.js'

const LANE_INTERVALS = 500

interface Span {
  readonly fromLine: number
  readonly toLine: number
  readonly from: number | null
  readonly to: number | null
}

/** KVM_RUN of every vCPU thread around a window, for its picture. */
export const lanesAround = (window: Span, threads: VcpuThreads): Lane[] => {
  const seconds = window.from === null || window.to === null ? 0 : window.to - window.from
  const margin = seconds * MARGIN
  const place = (line: number, at: number | null, by: number): Place => ({
    line,
    at: at === null ? null : at + by,
  })
  const from = place(window.fromLine, window.from, -margin)
  const to = place(window.toLine, window.to, margin)
  const lanes = new Map<number, Lane>(threads.tids().map(tid => [tid, { tid, intervals: [] }]))
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
