import { type Noted, noting, type StepCells, type StepVcpu } from '../../terms/steps/cells.js'
import { pageBit, plainSet, slotOf } from '../../terms/steps/slots.js'
import { isOfWriteClass } from '../../terms/steps/world.js'

/** How an access is marked if it writes: what KVM emulates it marks itself, after the data. */
export const marksOf = ({ world }: StepCells, { want }: StepVcpu): 'after' | 'first' | 'buffered' =>
  want?.emulated === true ? 'after' : (world.behaviour.marks ?? 'after')

/** A noted write, resolved now: marked in the log of its slot, or lost where that is not logged or has another page there. */
const resolve = (cells: StepCells, { space, frame, hva, due }: Noted): StepCells => {
  const slot = slotOf(cells.spaces[space]?.published ?? plainSet([]), frame)
  const log = slot?.log ?? -1
  const page = slot === null ? -1 : slot.hva + frame - slot.base
  const missed = log < 0 || (cells.logs[log] ?? -1) < 0 || page !== hva
  if (missed) {
    const what = `a write to frame ${frame} at host page ${hva} was noted, and no slot has its log when it is flushed`
    return due ? { ...cells, seen: noting(cells.seen, space === 0 ? 'lost' : 'otherSpace', what) } : cells
  }
  const bit = pageBit(hva)
  return {
    ...cells,
    logs: cells.logs.with(log, (cells.logs[log] ?? 0) | bit),
    unreported: cells.unreported.with(log, (cells.unreported[log] ?? 0) | bit),
  }
}

/** The buffers of the vCPUs with these ids are flushed. */
export const flush = <T extends StepCells>(cells: T, ids: readonly number[]): T => {
  const flushed = cells.vcpus
    .filter(v => ids.includes(v.id))
    .flatMap(v => v.buffer)
    .reduce<StepCells>(resolve, cells)
  const vcpus = cells.vcpus.map(v => (ids.includes(v.id) && v.buffer.length > 0 ? { ...v, buffer: [] } : v))
  const { logs, unreported, seen } = flushed
  return { ...cells, logs, unreported, seen, vcpus }
}

/** Whether a write that was admitted to a page of these bits is still in flight: its mark, made first, must not be taken. */
export const isAdmitted = (cells: StepCells, v: StepVcpu, bits: number): boolean =>
  marksOf(cells, v) === 'first' &&
  v.space === 0 &&
  v.hold !== null &&
  isOfWriteClass(v.want) &&
  [v.hold, ...v.also].some(t => (pageBit(t.hva) & bits) !== 0)

/** The vCPU without permission to write to pages of these bits, so that the next write is marked again. */
export const protectedFrom = (v: StepVcpu, bits: number): StepVcpu =>
  v.cache.some(t => t.space === 0 && !t.ro && (pageBit(t.hva) & bits) !== 0)
    ? {
        ...v,
        cache: v.cache.map(t => (t.space === 0 && (pageBit(t.hva) & bits) !== 0 ? { ...t, ro: true } : t)),
      }
    : v
