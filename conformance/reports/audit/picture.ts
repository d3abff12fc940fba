import { MARGIN } from '../../audit/lanes.js'
import type { AuditReport, Lane, ReportHole } from './codec.js'
import { holeAt } from './words/summary.js'

/** A stretch of addresses and when it was unmapped, in seconds since the worst hole opened. */
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

/** The worst hole and its neighbours, time against addresses. Times are seconds since the worst hole opened. */
export interface Picture {
  readonly worst: ReportHole
  readonly from: number
  readonly to: number
  readonly rows: readonly PictureRow[]
  /** Rows left out, the less important ones. */
  readonly moreRows: number
  /** Null where KVM_RUN is not recorded. */
  readonly lanes: readonly PictureLane[] | null
}

const MOST_ROWS = 16

interface Timed {
  readonly hole: ReportHole
  readonly start: bigint
  readonly end: bigint
  readonly from: number
  readonly to: number
}

const timed = (hole: ReportHole, zero: number): Timed | null =>
  hole.from === null || hole.to === null
    ? null
    : {
        hole,
        start: BigInt(hole.gpa),
        end: BigInt(hole.gpa) + BigInt(hole.size),
        from: hole.from - zero,
        to: hole.to - zero,
      }

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

/** Holes of one space as rows: addresses are cut wherever a hole begins or ends, and joined where nothing differs. */
const rowsOf = (as: number, holes: readonly Timed[]): PictureRow[] => {
  const edges = [...new Set(holes.flatMap(({ start, end }) => [start, end]))].sort(ascending)
  const rows: { start: bigint; end: bigint; over: readonly Timed[] }[] = []
  for (const [i, start] of edges.entries()) {
    const end = edges[i + 1]
    if (end === undefined) break
    const over = holes.filter(hole => hole.start <= start && end <= hole.end)
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

/** The picture of the worst hole; null where there is none, or where its times are not recorded. */
export const pictureOf = (report: AuditReport): Picture | null => {
  if (report.worst === null) return null
  const { update, hole } = holeAt(report, report.worst)
  if (hole.from === null || hole.to === null || hole.seconds === null) return null
  const zero = hole.from
  const margin = hole.seconds * MARGIN
  const [from, to] = [-margin, hole.seconds + margin]
  const near = update.holes
    .map(other => timed(other, zero))
    .filter(other => other !== null)
    .filter(other => other.from < to && other.to > from)
  const spaces = [...new Set(near.map(({ hole: { as } }) => as))].sort((a, b) => a - b)
  const all = spaces.flatMap(as =>
    rowsOf(
      as,
      near.filter(other => other.hole.as === as),
    ),
  )
  const chosen = new Set(all.toSorted((a, b) => weight(b) - weight(a)).slice(0, MOST_ROWS))
  return {
    worst: hole,
    from,
    to,
    rows: all.filter(row => chosen.has(row)),
    moreRows: all.length - chosen.size,
    lanes: report.lanes === null ? null : lanesOf(report.lanes, zero, update.tid),
  }
}
