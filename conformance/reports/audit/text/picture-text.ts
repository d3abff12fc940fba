import type { Ink } from '../../terminal/ink.js'
import type { Picture, PictureLane, PictureRow } from '../picture.js'
import { withoutLanes } from '../words/absence.js'
import { bytes, ms, plural, range } from '../words/units.js'

const UNMAPPED = '█'
const MAPPED = '·'
const INSIDE = '━'

interface Slices {
  readonly count: number
  readonly from: number
  readonly each: number
}

/** Marks every slice that an interval touches, so that even the shortest shows. */
const marks = (
  { count, from, each }: Slices,
  intervals: readonly { from: number; to: number | null }[],
): boolean[] => {
  const marked = new Array<boolean>(count).fill(false)
  for (const interval of intervals) {
    const first = Math.floor((interval.from - from) / each)
    const last = Math.ceil(((interval.to ?? interval.from) - from) / each) - 1
    for (let i = Math.max(0, first); i <= Math.min(count - 1, Math.max(first, last)); i++) marked[i] = true
  }
  return marked
}

const draw = (
  marked: readonly boolean[],
  yes: string,
  no: string,
  paint: (t: string) => string,
  rest: (t: string) => string,
) =>
  marked
    .join()
    .replaceAll('true', yes)
    .replaceAll('false', no)
    .replaceAll(',', '')
    .replace(new RegExp(`[${yes}]+|[${no}]+`, 'g'), run => (run.startsWith(yes) ? paint(run) : rest(run)))

const rowLabel = ({ as, gpa, size }: PictureRow): string =>
  `${as === 0 ? '' : `${as}:`}${range({ gpa, size })} ${bytes(BigInt(size))}`

const laneLabel = ({ tid, updates }: PictureLane): string =>
  updates ? `${tid} makes the calls` : `${tid} KVM_RUN`

/** The axis: where the worst window opens and closes, with the lines of the calls that did it. */
const axis = ({ worst }: Picture, slices: Slices): string => {
  const at = (seconds: number) => Math.round((seconds - slices.from) / slices.each)
  const opens = `▼ line ${worst.fromLine}`
  const closes = `line ${worst.toLine}, ${ms(worst.seconds)} ▼`
  const left = at(0)
  const right = Math.max(left + opens.length + 1, at(worst.seconds ?? 0) - closes.length + 1)
  return `${' '.repeat(left)}${opens}${' '.repeat(right - left - opens.length)}${closes}`
}

/** Addresses down, time to the right, and beneath it which threads were inside KVM_RUN. */
export const pictureText = (picture: Picture, width: number, ink: Ink): string[] => {
  const labels = [...picture.rows.map(rowLabel), ...(picture.lanes ?? []).map(laneLabel)]
  const margin = Math.max(...labels.map(label => label.length)) + 2
  const count = Math.max(20, width - margin - 2)
  const slices = { count, from: picture.from, each: (picture.to - picture.from) / count }
  const line = (label: string, drawn: string) => `  ${label.padEnd(margin - 2)}  ${drawn}`
  const lines = [line('', axis(picture, slices))]
  for (const row of picture.rows)
    lines.push(line(rowLabel(row), draw(marks(slices, row.unmapped), UNMAPPED, MAPPED, ink.bad, ink.faint)))
  if (picture.moreRows > 0)
    lines.push(ink.faint(`  … and ${plural(picture.moreRows, 'smaller stretch', 'smaller stretches')}`))
  lines.push('')
  if (picture.lanes === null) lines.push(`  ${withoutLanes(picture.worst)}`)
  for (const lane of picture.lanes ?? [])
    lines.push(line(laneLabel(lane), draw(marks(slices, lane.inside), INSIDE, ' ', ink.inside, ink.faint)))
  const each = `${(slices.each * 1e6).toFixed(0)} µs`
  lines.push(
    '',
    ink.faint(
      `  ${UNMAPPED} unmapped   ${MAPPED} mapped   ${INSIDE} inside KVM_RUN   a column is ${each}; a mark means: at some moment of it`,
    ),
  )
  return lines
}
