import { type StepSet, type StepSlot, slotOf } from '../../../spec/terms/steps/slots.js'

const flagsOf = (s: StepSlot): string =>
  `${s.log >= 0 ? ' LOG' : ''}${s.ro ? ' RO' : ''}${s.state === 'live' ? '' : ` ${s.state.toUpperCase()}`}`

const printSlot = (s: StepSlot): string => {
  const frames = s.npages === 1 ? `frame ${s.base}` : `frames ${s.base}-${s.base + s.npages - 1}`
  const pages = s.npages === 1 ? `host page ${s.hva}` : `host pages ${s.hva}-${s.hva + s.npages - 1}`
  return `slot ${s.id}: ${frames} at ${pages}${flagsOf(s)}`
}

/** Slots in one line. */
export const printSlots = (slots: readonly StepSlot[]): string =>
  slots.length === 0 ? 'no slots' : slots.map(printSlot).join('; ')

/** What an access to each frame finds under a set, in one line. */
export const printFrames = (set: StepSet, frames: number): string =>
  Array.from({ length: frames }, (_, frame) => {
    const slot = slotOf(set, frame)
    const blocked = set.blocked.includes(frame)
      ? ' BLOCKED'
      : set.noWrites.includes(frame)
        ? ' WRITES BLOCKED'
        : ''
    const backing = slot === null ? 'nothing' : `host page ${slot.hva + frame - slot.base}${flagsOf(slot)}`
    return `frame ${frame} → ${backing}${blocked}`
  }).join(' · ')
