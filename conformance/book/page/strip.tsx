import { describe, type Segment, type Strip } from '../explorer/picture.js'

/** How wide a part is drawn: by the logarithm of its size, so that a page and a terabyte are both seen. */
const weight = ({ from, to }: Segment): number => 1 + Math.log2(Math.max(1, to - from))

const classOf = ({ backing, blocked }: Segment): string =>
  [
    'segment',
    backing === null ? 'hole' : `backed colour-${backing.colour % 8}`,
    ...(backing?.ro === true ? ['ro'] : []),
    ...(backing !== null && backing.state !== 'live' ? ['not-live'] : []),
    ...(blocked === 'no' ? [] : ['blocked']),
  ].join(' ')

const SegmentView = ({ segment, changed }: { readonly segment: Segment; readonly changed: boolean }) => {
  const { backing, blocked, label } = segment
  const words = `${label}: ${describe(segment)}`
  return (
    <li
      class={`${classOf(segment)}${changed ? ' changed' : ''}`}
      style={{ flexGrow: weight(segment) }}
      title={words}
    >
      <span class="hidden">{words}</span>
      <span aria-hidden="true" class="label">
        {label}
      </span>
      <span aria-hidden="true" class="what">
        {backing === null ? 'hole' : `slot ${backing.slot} → ${backing.at}`}
      </span>
      <span aria-hidden="true" class="flags">
        {[
          ...(backing?.ro === true ? ['RO'] : []),
          ...(backing?.log === true ? ['LOG'] : []),
          ...(backing === null || backing.state === 'live' ? [] : [backing.state.toUpperCase()]),
          ...(blocked === 'no' ? [] : [blocked === 'all' ? 'BLOCKED' : 'WRITES BLOCKED']),
          ...(backing === null || backing.dirty === '' ? [] : [`● ${backing.dirty}`]),
        ].join(' ')}
      </span>
    </li>
  )
}

/** Guest-physical memory of one space as a strip. */
export const StripView = ({
  strip,
  before,
}: {
  readonly strip: Strip
  readonly before: Strip | undefined
}) => (
  <div class="strip">
    <h4>{strip.name}</h4>
    <ol>
      {strip.segments.map((segment, i) => {
        const was = before?.segments[i]
        return (
          <SegmentView
            key={segment.from}
            segment={segment}
            changed={was !== undefined && describe(was) !== describe(segment)}
          />
        )
      })}
    </ol>
  </div>
)
