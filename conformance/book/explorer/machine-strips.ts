import { printPages } from '../../../oracle/verdict/difference.js'
import type { Cells } from '../../../spec/terms/cells.js'
import { intersect, pageRange, shift } from '../../../spec/terms/page-set.js'
import { endOf, type Slot } from '../../../spec/terms/slot.js'
import { slotAt } from '../../../spec/terms/space.js'
import { coloursOf, type Segment, type Strip } from './picture.js'

/** Frames at which a slot begins or ends at any moment of a story, by space: they stay where they are while it is told. */
export type Edges = readonly (readonly number[])[]

export const edgesOf = (machines: Iterable<Cells>): Edges => {
  const edges: Set<number>[] = []
  let last: Cells['spaces'] | null = null
  for (const { spaces } of machines) {
    if (spaces === last) continue
    last = spaces
    for (const [as, { slots }] of spaces.entries()) {
      const of = edges[as] ?? new Set()
      edges[as] = of
      for (const slot of slots) of.add(slot.base).add(endOf(slot))
    }
  }
  return edges.map(of => [...of].sort((a, b) => a - b))
}

const hex = (frame: number): string => `0x${(BigInt(frame) << 12n).toString(16)}`

const dirtyIn = (slot: Slot, from: number, to: number): string => {
  const part = pageRange(from - slot.base, to - slot.base)
  const { set, maybe } = slot.dirty ?? { set: [], maybe: [] }
  const sure = shift(intersect(set, part), slot.base)
  const perhaps = shift(intersect(maybe, part), slot.base)
  if (sure.length + perhaps.length === 0) return ''
  return perhaps.length === 0
    ? `frames ${printPages(sure)}`
    : `frames ${printPages(sure)} and perhaps ${printPages(perhaps)}`
}

const stripOf = ({ slots }: Cells['spaces'][number], as: number, edges: readonly number[]): Strip => {
  const parts = edges.slice(0, -1).map((from, i) => {
    const to = edges[i + 1] as number // an index below the last has one after it
    return { from, to, slot: slotAt({ slots }, from) }
  })
  const backed = parts.filter(part => part.slot !== null)
  const colours = coloursOf(
    backed.map(({ from, to, slot }) => ({
      hva: slot === null ? 0 : slot.hva + from - slot.base,
      pages: to - from,
    })),
  )
  return {
    name: `space ${as}`,
    segments: parts.map(({ from, to, slot }): Segment => {
      const backing =
        slot === null
          ? null
          : {
              slot: slot.id,
              at: `hva ${hex(slot.hva + from - slot.base)}`,
              ro: slot.ro,
              log: slot.log,
              state: 'live' as const,
              colour: colours[backed.findIndex(part => part.from === from)] ?? 0,
              dirty: dirtyIn(slot, from, to),
            }
      return { from, to, label: `${hex(from)}–${hex(to)}`, backing, blocked: 'no' }
    }),
  }
}

/** The spaces of a machine that have a slot at any moment of the story. */
export const machineStrips = ({ spaces }: Cells, edges: Edges): readonly Strip[] =>
  spaces.flatMap((space, as) => {
    const of = edges[as] ?? []
    return of.length === 0 ? [] : [stripOf(space, as, of)]
  })
