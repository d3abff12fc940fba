import { identity } from '../../spec/rewrite/index.js'
import { meetingInvalid } from '../../spec/rules/access/invalid.js'
import {
  type Beginning,
  beginStore,
  beginWalk,
  type ExitedLoad,
  exitedOn,
  type Path,
  pathsFrom,
} from '../../spec/rules/paths.js'
import { readByRsm } from '../../spec/rules/smm/rsm.js'
import type { Cells } from '../../spec/terms/cells.js'
import {
  type FetchPathOperation,
  isVirtual,
  type Operation,
  type RsmCall,
  type SetCall,
} from '../../spec/terms/operation.js'
import type { RegisterImage } from '../../spec/terms/paging/registers.js'
import type { Walking } from '../../spec/terms/walking.js'
import { atRest, type Effect, effectOf, effectsOf } from '../effects.js'
import { type Harvesting, isHarvest, restOf } from './harvest.js'

/*
 * Some operations take effect at more than one moment, and other threads may write memory and change slots in between. RSM looks up
 * where registers were saved, in the space of SMM, and then PAE's top entries, in space 0. A read-modify-write by the emulator
 * whose load has exited looks up afresh to store. A harvest goes through a log, and slots do not change meanwhile.
 */

/** What operation `n` has done before its last moment. */
export type Halfway = { readonly n: number } & (Restoring | Exited | Harvesting)

/** An RSM that has read the registers saved and has still to look up PAE's top entries. */
interface Restoring {
  readonly op: 'rsm'
  readonly image: RegisterImage
  /** The call whose window was open as it began; null where none was. It is in one read side from there to its end. */
  readonly amid: number | null
}

/** A read-modify-write whose load has exited, and which has still to store. It is in no read side. */
interface Exited {
  readonly op: 'rmw-virtual'
  readonly load: ExitedLoad
}

export const isHalfHarvested = (half: Halfway): half is Halfway & Harvesting =>
  half.op === 'get-dirty' || half.op === 'clear-dirty'

export const nameOfHalfway = (half: Halfway): string => identity(half)

/** Whether the second swap of call `n` waits for one of these: for a read side that began before the first. */
export const holdsSecondSwap = (halfway: readonly Halfway[], n: number): boolean =>
  halfway.some(half => half.op === 'rsm' && half.amid !== n)

/** The first look-ups that RSM `n` may have made by now, if it makes a second one. */
export const savedReadBy = (
  cells: Cells,
  n: number,
  operation: Operation,
  window: { readonly n: number; readonly call: SetCall } | null,
): readonly Halfway[] => {
  if (operation.op !== 'rsm') return []
  const read = (on: Cells) => ({ cells: on, image: readByRsm(on, operation) })
  const reads =
    window === null ? [read(cells)] : meetingInvalid(cells, operation, window.call, on => [read(on)])
  return reads.flatMap(({ image }) =>
    image === null ? [] : [{ op: 'rsm', n, image, amid: window?.n ?? null } as const],
  )
}

/** The machines on which a read-modify-write has loaded and exited, by its paths. */
export const exitsOf = (
  n: number,
  operation: FetchPathOperation,
  paths: readonly Path[],
): readonly { readonly cells: Walking; readonly half: Halfway }[] =>
  operation.op !== 'rmw-virtual'
    ? []
    : paths.flatMap(path => {
        const walking = exitedOn(path)
        if (walking === null) return []
        const { by, exits, data } = walking.walk
        return [{ cells: walking, half: { op: 'rmw-virtual', n, load: { by, exits, data } } }]
      })

/** How an operation goes on from where it stands. */
export const goingOn = (half: Halfway | undefined): Beginning =>
  half?.op === 'rmw-virtual' ? beginStore(half.load) : beginWalk

/** What an operation may do on a machine, from where it stands. */
export const effectsFrom = (
  cells: Cells,
  operation: Operation,
  half: Halfway | undefined,
): readonly Effect[] => {
  if (half === undefined) return effectsOf(cells, operation)
  if (isHalfHarvested(half)) return isHarvest(operation) ? restOf(cells, operation, half) : []
  if (half.op === 'rmw-virtual')
    return isVirtual(operation) ? pathsFrom(goingOn(half)(cells, operation)).map(effectOf) : []
  return operation.op === 'rsm' ? restoredFrom(cells, operation, half.image) : []
}

/** What RSM may come to with the registers that it has read; nothing where its vCPU has been taken out of SMM meanwhile. */
const restoredFrom = (cells: Cells, call: RsmCall, image: RegisterImage): readonly Effect[] => {
  const vcpu = cells.vcpus.find(v => v.id === call.vcpu)
  if (vcpu?.smbase === undefined || vcpu.space !== 1) return []
  const vcpus = cells.vcpus.map(v => (v === vcpu ? { ...v, restoring: image } : v))
  return effectsOf(atRest({ ...cells, vcpus }), call)
}
