import type { Cells } from '../../spec/terms/cells.js'
import { pageOf, SMM } from '../../spec/terms/numbers.js'
import {
  betweenOf,
  type EnterSmmCall,
  isAccess,
  isVirtual,
  type Operation,
  type PhysicalAccess,
  type RsmCall,
} from '../../spec/terms/operation.js'
import { slotAt } from '../../spec/terms/space.js'
import { waitsForWindow } from './window.js'

/**
 * What an operation may touch: slots and dirty logs by space, vCPUs by id, memory by host page, the mode of dirty
 * logging, and in Linux the one window in which a slot of the VM may be INVALID.
 */
type What = 'slots' | 'log' | 'vcpus' | 'bytes' | 'modes' | 'files' | 'window'

/** Two reads commute, and so do two marks: in either order, both pages end up marked. */
type How = 'read' | 'mark' | 'write'

interface Touch {
  readonly what: What
  readonly how: How
  /** A space, a vCPU or a host page, by `what`; null where it may be any of them. */
  readonly where: number | null
  /** Of `bytes`: the first byte of the page and the one after the last; null where it may be any. */
  readonly within: readonly [number, number] | null
}
/** Everything an operation may touch. */
export type Footprint = readonly Touch[]

const touch = (
  what: What,
  how: How,
  where: number | null = null,
  within: readonly [number, number] | null = null,
): Touch => ({ what, how, where, within })

/** The bytes of its page that an access touches, whichever page that is. */
const bytesOf = (access: PhysicalAccess): readonly [number, number] => {
  const size =
    'data' in access && access.data !== undefined
      ? access.data.length / 2
      : 'size' in access
        ? access.size
        : 8
  return [access.offset, access.offset + size]
}

/** What of a machine cannot be relied on, since an operation in progress may change it. */
export interface Unsettled {
  /** The address spaces of vCPUs. */
  readonly vcpus: boolean
  /** The slots of a space. */
  readonly slots: (as: number) => boolean
}

const ofAccess = (access: PhysicalAccess, cells: Cells, unsettled: Unsettled): Footprint => {
  const writes = 'data' in access && access.data !== undefined
  const vcpu = 'vcpu' in access ? access.vcpu : null
  const now = vcpu === null ? 0 : (cells.vcpus.find(v => v.id === vcpu)?.space ?? null)
  if (!unsettled.vcpus && now === null) return [touch('vcpus', 'read', vcpu)]
  const as = unsettled.vcpus && vcpu !== null ? null : now
  const settled = as !== null && !unsettled.slots(as)
  const slot = settled ? slotAt(cells.spaces[as] ?? { slots: [], swaps: 0 }, access.gfn) : null
  const page = slot === null ? null : slot.hva + (access.gfn - slot.base)
  return [
    touch('slots', 'read', as),
    ...(vcpu === null ? [] : [touch('vcpus', 'read', vcpu)]),
    ...(settled && slot === null ? [] : [touch('bytes', writes ? 'write' : 'read', page, bytesOf(access))]),
    ...(writes || !cells.params.exact ? [touch('log', 'mark', as)] : []),
  ]
}

/**
 * An access by linear address: which tables and pages it touches is known only once it has walked, so it may touch any.
 * It may also change the vCPU, whose PDPTEs are loaded again under PAE.
 */
const ofVirtual = (vcpu: number): Footprint => [
  touch('slots', 'read'),
  touch('vcpus', 'write', vcpu),
  touch('bytes', 'write'),
  touch('log', 'mark'),
]

/** Entering SMM saves registers to memory if it is given an SMBASE; RSM may restore them. */
const ofSavedState = (operation: EnterSmmCall | RsmCall): Footprint => {
  if (operation.op === 'rsm') return [touch('slots', 'read'), touch('bytes', 'read')]
  if (operation.smbase === undefined) return []
  return [touch('slots', 'read', SMM), touch('bytes', 'write'), touch('log', 'mark', SMM)]
}

/** What an operation may touch, on this machine or after other operations in progress have taken effect on it. */
export const footprintOf = (operation: Operation, cells: Cells, unsettled: Unsettled): Footprint =>
  cells.params.profile === 'linux' && waitsForWindow(operation, cells)
    ? [...touches(operation, cells, unsettled), touch('window', operation.op === 'set' ? 'write' : 'read')]
    : touches(operation, cells, unsettled)

const touches = (operation: Operation, cells: Cells, unsettled: Unsettled): Footprint => {
  if (isAccess(operation)) {
    const own = isVirtual(operation) ? ofVirtual(operation.vcpu) : ofAccess(operation, cells, unsettled)
    const changes = betweenOf(operation)
    return changes === undefined ? own : [...own, ...touches(changes.operation, cells, unsettled)]
  }
  switch (operation.op) {
    case 'set':
    case 'batch':
      return [
        touch('slots', 'write', operation.as),
        touch('log', 'write', operation.as),
        touch('modes', 'read'),
        // Pages of a file are bound and freed by slots of every space.
        ...(cells.params.guestMemfd ? [touch('files', 'write')] : []),
      ]
    case 'internal-slot':
    case 'set-tss-addr':
      return [touch('slots', 'write')]
    case 'create-guest-memfd':
      return [touch('files', 'write')]
    case 'get-dirty':
    case 'clear-dirty':
      return [
        touch('slots', 'read', operation.as),
        touch('log', 'write', operation.as),
        touch('modes', 'read'),
      ]
    case 'enable-cap':
      return [touch('modes', 'write'), touch('vcpus', 'read')]
    case 'create-vcpu':
      return [
        touch('vcpus', 'write', operation.vcpu),
        ...(cells.params.ownSlots.length > 0 ? [touch('slots', 'write')] : []),
      ]
    case 'set-vcpu':
      return [touch('vcpus', 'write', operation.vcpu)]
    case 'enter-smm':
    case 'rsm':
      return [touch('vcpus', 'write', operation.vcpu), ...ofSavedState(operation)]
    case 'registers':
      return [touch('slots', 'read'), touch('bytes', 'read'), touch('vcpus', 'write', operation.vcpu)]
    case 'lookup':
      return [touch('slots', 'read', operation.as)]
    case 'hva-range':
      return [touch('slots', 'read')]
    case 'host-protect':
      return [touch('bytes', 'write')]
    case 'poke':
      return [touch('bytes', 'write', pageOf(operation.hva))]
  }
}

const meets = (a: Touch, b: Touch): boolean =>
  a.what === b.what &&
  (a.how !== b.how || a.how === 'write') &&
  (a.where === null || b.where === null || a.where === b.where) &&
  (a.within === null || b.within === null || (a.within[0] < b.within[1] && b.within[0] < a.within[1]))

/** Whether the order of two operations may matter. If not, both orders give the same machine and the same answers. */
export const mayMatter = (a: Footprint, b: Footprint): boolean => a.some(x => b.some(y => meets(x, y)))

/** Calls that may make slots of KVM's own, in every space. */
const MAKES_SLOTS: ReadonlySet<Operation['op']> = new Set(['internal-slot', 'set-tss-addr', 'create-vcpu'])

/** The space whose slots an operation may change; null for none of them, `any` where it may be any. */
export const unsettlesSlots = (operation: Operation): number | 'any' | null => {
  if (betweenOf(operation) !== undefined) return 'any'
  if (operation.op === 'set' || operation.op === 'batch') return operation.as
  return MAKES_SLOTS.has(operation.op) ? 'any' : null
}

/** Whether an operation may change a vCPU's address space. */
export const unsettlesVcpus = ({ op }: Operation): boolean =>
  op === 'create-vcpu' || op === 'set-vcpu' || op === 'enter-smm' || op === 'rsm'
