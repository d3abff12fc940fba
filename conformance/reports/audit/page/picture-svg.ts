import { escaped } from '../../html/escaped.js'
import type { Picture, PictureLane, PictureRow } from '../picture.js'
import { withoutLanes } from '../words/absence.js'
import { bytes, ms, plural, range } from '../words/units.js'

const WIDTH = 1000
const LABELS = 290
const ROW = 24
const TOP = 44
/** So that even the shortest interval is seen. */
const MIN_BAND = 2

const rowLabel = ({ as, gpa, size }: PictureRow): string =>
  `${as === 0 ? '' : `${as}:`}${range({ gpa, size })}, ${bytes(BigInt(size))}`

const laneLabel = ({ tid, updates }: PictureLane): string =>
  updates ? `${tid} makes the calls` : `${tid} inside KVM_RUN`

const text = (x: number, y: number, says: string, anchor = 'start', kind = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"${kind === '' ? '' : ` class="${kind}"`}>${escaped(says)}</text>`

/** The worst window as a drawing: addresses down, time to the right, KVM_RUN of the vCPU threads beneath. */
export const pictureSvg = (picture: Picture): string => {
  const span = picture.to - picture.from
  const x = (seconds: number): number =>
    LABELS +
    (Math.min(Math.max(seconds, picture.from), picture.to) - picture.from) * ((WIDTH - LABELS) / span)
  const band = (from: number, to: number, y: number, height: number, kind: string, title: string): string => {
    const width = Math.max(MIN_BAND, x(to) - x(from))
    return `<rect class="${kind}" x="${x(from).toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${height}"><title>${escaped(title)}</title></rect>`
  }
  const rows = picture.rows.map((row, i) => {
    const y = TOP + i * ROW
    const bands = row.unmapped.map(({ from, to }) =>
      band(from, to, y, ROW - 6, 'unmapped', `unmapped for ${ms(to - from)}`),
    )
    return [
      text(0, y + 14, rowLabel(row)),
      band(picture.from, picture.to, y, ROW - 6, 'mapped', 'mapped'),
      ...bands,
    ].join('')
  })
  const beneath = TOP + picture.rows.length * ROW + 18
  const lanes = (picture.lanes ?? []).map((lane, i) => {
    const y = beneath + i * ROW
    const runs = lane.inside.map(({ from, to }) =>
      band(from, to ?? from, y + 4, ROW - 16, 'inside', 'inside KVM_RUN'),
    )
    return [text(0, y + 14, laneLabel(lane)), ...runs].join('')
  })
  const unknown =
    picture.lanes === null ? text(0, beneath + 14, withoutLanes(picture.worst), 'start', 'faint') : ''
  const height = beneath + Math.max(1, lanes.length) * ROW + 6
  const { worst } = picture
  const closes = worst.seconds ?? 0
  const rule = (at: number) =>
    `<line class="rule" x1="${x(at)}" x2="${x(at)}" y1="${TOP - 10}" y2="${height}"/>`
  const says = `${range(worst)} was unmapped for ${ms(worst.seconds)}, from line ${worst.fromLine} to line ${worst.toLine}`
  return `<div class="wide" tabindex="0" role="region" aria-label="Picture of the worst window"><svg class="picture" role="img" aria-label="${escaped(says)}" viewBox="0 0 ${WIDTH} ${height}">
${text(x(0), 14, `line ${worst.fromLine}`)}${text(x(closes), 14, `line ${worst.toLine}`, 'end')}
${text((x(0) + x(closes)) / 2, 30, ms(worst.seconds), 'middle', 'faint')}
${rows.join('\n')}
${lanes.join('\n')}${unknown}
${rule(0)}${rule(closes)}
</svg></div>
<p class="soft">Red: unmapped. Grey: mapped. Blue: inside KVM_RUN; where only the beginning of a KVM_RUN is recorded, a thin line.${picture.moreRows > 0 ? ` Left out: ${plural(picture.moreRows, 'smaller stretch', 'smaller stretches')}.` : ''}</p>`
}
