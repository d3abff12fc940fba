import type { Update } from '../../../spec/designs/design.js'
import { endOf, type Slot } from '../../../spec/terms/slot.js'
import type { StepSlot } from '../../../spec/terms/steps/slots.js'

/** What begins or ends within a range, moved by as much as another range lies away from it. */
const moved = (points: ReadonlySet<number>, from: number, npages: number, to: number): readonly number[] =>
  [...points].filter(point => point > from && point < from + npages).map(point => point - from + to)

/** Every frame and every host page at which a slot begins or ends, or another does that shares its pages. */
const boundaries = (slots: readonly Slot[]) => {
  const frames = new Set(slots.flatMap(slot => [slot.base, endOf(slot)]))
  const pages = new Set(slots.flatMap(slot => [slot.hva, slot.hva + slot.npages]))
  let before = -1
  while (frames.size + pages.size > before) {
    before = frames.size + pages.size
    for (const { base, hva, npages } of slots) {
      for (const page of moved(frames, base, npages, hva)) pages.add(page)
      for (const frame of moved(pages, hva, npages, base)) frames.add(frame)
    }
  }
  const indexed = (points: ReadonlySet<number>) =>
    new Map([...points].toSorted((a, b) => a - b).map((point, index) => [point, index]))
  return { frames: indexed(frames), pages: indexed(pages) }
}

/**
 * A recorded change of one space as an update of the explorer's size: each stretch of frames that no slot begins or ends in
 * is one frame, and so with host pages. What plans do depends on no more.
 */
export const compressed = (before: readonly Slot[], after: readonly Slot[]): Update => {
  const { frames, pages } = boundaries([...before, ...after])
  const at = (index: ReadonlyMap<number, number>, point: number): number => index.get(point) ?? 0 // it is a boundary
  const small = (slots: readonly Slot[]): readonly StepSlot[] => {
    let log = 0
    return slots
      .map(slot => ({
        id: slot.id,
        base: at(frames, slot.base),
        npages: at(frames, endOf(slot)) - at(frames, slot.base),
        hva: at(pages, slot.hva),
        ro: slot.ro,
        log: slot.log ? log++ : -1,
        state: 'live' as const,
      }))
      .toSorted((a, b) => a.base - b.base)
  }
  return {
    before: small(before),
    after: small(after),
    frames: frames.size,
    nextLog: before.filter(slot => slot.log).length,
  }
}
