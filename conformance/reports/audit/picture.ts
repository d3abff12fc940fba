import type { AuditReport, Lane, ReportWindow } from './codec.js'
import { MARGIN } from './margin.js'
import { windowAt } from './words/verdict.js'

/** A stretch of addresses and when it was unmapped, in seconds since the worst window opened. */
export interface PictureRow {
  readonly as: number
  readonly gpa: string
  readonly size: string
  readonly unmapped: readonly { readonly from: number; readonly to: number }[]
}

export interface PictureLane {
  readonly tid: number
  /** Whether this thread makes the memslot calls. */
  readonly updates: boolean
  /** `to` is null where a KVM_RUN ended soon, but when is not recorded. */
  readonly inside: readonly { readonly from: number; readonly to: number | null }[]
}

/** The worst window and its neighbours, time against addresses. Times are seconds since the worst window opened. */
export interface Picture {
  readonly worst: ReportWindow
  readonly from: number
  readonly to: number
  readonly rows: readonly PictureRow[]
  /** Rows left out, the less important ones. */
  readonly moreRows: number
  /** Null where it is not known who was inside KVM_RUN, or from when to when was not kept: it is, of the worst windows only. */
  readonly lanes: readonly PictureLane[] | null
}

const MAX_ROWS = 16

interface Timed {
  readonly window: ReportWindow
  readonly start: bigint
  readonly end: bigint
  readonly from: number
  readonly to: number
}

const timed = (window: ReportWindow, zero: number): Timed | null =>
  window.from === null || window.to === null
    ? null
    : {
        window,
        start: BigInt(window.gpa),
        end: BigInt(window.gpa) + BigInt(window.size),
        from: window.from - zero,
        to: window.to - zero,
      }

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

/** Windows of one space as rows: addresses are cut wherever a window begins or ends, and joined where nothing differs. */
const rowsOf = (as: number, windows: readonly Timed[]): PictureRow[] => {
  const edges = [...new Set(windows.flatMap(({ start, end }) => [start, end]))].sort(ascending)
  const rows: { start: bigint; end: bigint; over: readonly Timed[] }[] = []
  for (const [i, start] of edges.entries()) {
    const end = edges[i + 1]
    if (end === undefined) break
    const over = windows.filter(one => one.start <= start && end <= one.end)
    const last = rows.at(-1)
    const continues =
      last?.end === start && last.over.length === over.length && over.every(h => last.over.includes(h))
    if (over.length === 0) continue
    if (last !== undefined && continues) last.end = end
    else rows.push({ start, end, over })
  }
  return rows.map(({ start, end, over }) => ({
    as,
    gpa: `0x${start.toString(16)}`,
    size: `0x${(end - start).toString(16)}`,
    unmapped: over.map(({ from, to }) => ({ from, to })),
  }))
}

const weight = ({ size, unmapped }: PictureRow): number =>
  Number(BigInt(size)) * unmapped.reduce((sum, { from, to }) => sum + to - from, 0)

const lanesOf = (lanes: readonly Lane[], zero: number, tid: number | null): PictureLane[] =>
  lanes.map(lane => ({
    tid: lane.tid,
    updates: lane.tid === tid,
    inside: lane.intervals.flatMap(({ from, to }) =>
      from === null ? [] : [{ from: from - zero, to: to === null ? null : to - zero }],
    ),
  }))

/** The picture of the worst window; null where there is none, or where its times are not recorded. */
export const pictureOf = (report: AuditReport): Picture | null => {
  if (report.worst === null) return null
  const { update, window } = windowAt(report, report.worst)
  // Nobody could meet what was missing before any vCPU ran.
  if (window.beforeRun === true) return null
  if (window.from === null || window.to === null || window.seconds === null || window.seconds === 0)
    return null
  const zero = window.from
  const margin = window.seconds * MARGIN
  const [from, to] = [-margin, window.seconds + margin]
  const near = update.windows
    .map(other => timed(other, zero))
    .filter(other => other !== null)
    .filter(other => other.from < to && other.to > from)
  const spaces = [...new Set(near.map(({ window: { as } }) => as))].sort((a, b) => a - b)
  const all = spaces.flatMap(as =>
    rowsOf(
      as,
      near.filter(other => other.window.as === as),
    ),
  )
  const chosen = new Set(all.toSorted((a, b) => weight(b) - weight(a)).slice(0, MAX_ROWS))
  return {
    worst: window,
    from,
    to,
    rows: all.filter(row => chosen.has(row)),
    moreRows: all.length - chosen.size,
    lanes: report.lanes === null ? null : lanesOf(report.lanes, zero, update.tid),
  }
}
