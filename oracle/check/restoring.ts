import { meetingInvalid } from '../../spec/rules/access/invalid.js'
import { readByRsm } from '../../spec/rules/smm/rsm.js'
import type { Cells } from '../../spec/terms/cells.js'
import type { Operation, RsmCall } from '../../spec/terms/operation.js'
import type { RegisterImage } from '../../spec/terms/paging/registers.js'
import { type Effect, effectsOf } from '../effects.js'
import type { Window } from './window.js'

/*
 * RSM looks up twice: where registers were saved, in the space of SMM, and then PAE's top entries, in space 0. Other threads
 * may write memory and change slots in between.
 */

/** An RSM that has read the registers saved and has still to look up PAE's top entries. */
export interface Restoring {
  readonly n: number
  readonly image: RegisterImage
  /** The call whose window was open as it began; null where none was. */
  readonly amid: number | null
}

/** The first look-ups that RSM `n` may have made by now, if it makes a second one. */
export const firstLookUps = (
  cells: Cells,
  n: number,
  operation: Operation,
  window: Window | null,
): readonly Restoring[] => {
  if (operation.op !== 'rsm') return []
  const read = (on: Cells) => ({ cells: on, image: readByRsm(on, operation) })
  const reads =
    window === null ? [read(cells)] : meetingInvalid(cells, operation, window.call, on => [read(on)])
  return reads.flatMap(({ image }) => (image === null ? [] : [{ n, image, amid: window?.n ?? null }]))
}

/** What RSM may come to with the registers that it has read; nothing where its vCPU has been taken out of SMM meanwhile. */
export const effectsOfSecond = (cells: Cells, call: RsmCall, image: RegisterImage): readonly Effect[] => {
  const vcpu = cells.vcpus.find(v => v.id === call.vcpu)
  if (vcpu?.smbase === undefined || vcpu.space !== 1) return []
  const vcpus = cells.vcpus.map(v => (v === vcpu ? { ...v, restoring: image } : v))
  return effectsOf({ ...cells, vcpus }, call)
}
