import type { StepCells, StepVcpu } from '../../../spec/terms/steps/cells.js'
import { plainSet, type StepSlot, slotOf } from '../../../spec/terms/steps/slots.js'
import { isOfWriteClass, type Want } from '../../../spec/terms/steps/world.js'

/** What userspace observes of a call. */
export const CALL = 'a call is made'
export const RETURN = 'the call returns'
export const FAILURE = 'the call fails'

export const beginning = (vcpu: number, { kind, frames }: Want): string =>
  `vCPU ${vcpu} begins to ${kind} ${frames.join(', ')}`

/** What an access finds at a frame of a set; null where it has to wait. */
export const metIn = (slots: readonly StepSlot[], want: Want, frame: number): string | null => {
  const slot = slotOf(plainSet(slots), frame)
  if (slot === null) return 'a hole'
  if (slot.state !== 'live') return null
  return isOfWriteClass(want) && slot.ro ? 'a device' : `host page ${slot.hva + frame - slot.base}`
}

export const meeting = (vcpu: number, { kind }: Want, frame: number, met: string): string =>
  `vCPU ${vcpu} ${kind}s frame ${frame}: ${met}`

const ofAccess = (from: StepCells, was: StepVcpu, is: StepVcpu): string | null => {
  const want = was.want ?? is.want
  if (want === null) return null
  if (was.at === 'ready') return beginning(is.id, want)
  const frame = want.frames[was.next] ?? 0
  const over = is.want === null || is.next > was.next
  if (!over) return null
  const met =
    was.hold === null
      ? metIn(from.spaces[was.space]?.published.slots ?? [], want, frame)
      : `host page ${was.hold.hva}`
  return meeting(is.id, want, frame, met ?? 'a hole') // what ends at an INVALID slot ends as in a hole
}

/** What can be observed of one step: a call, a return, the beginning or end of an access; null where nothing is. */
export const observed = (from: StepCells, to: StepCells): string | null => {
  const { self } = to
  if (self.kind === 'harvester') return null
  if (self.kind === 'vcpu') {
    const was = from.vcpus.find(v => v.id === self.id)
    return was === undefined ? null : ofAccess(from, was, self)
  }
  const { script, start } = from.world
  const { pc, at } = from.updater
  if (pc === start || script[pc - 1]?.kind === 'return') return CALL
  return at === 'return' ? RETURN : at === 'fail' ? FAILURE : null
}
