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
type What = 'slots' | 'log' | 'vcpus' | 'bytes' | 'modes' | 'window'

/** Two reads commute, and so do two marks: in either order, both pages end up marked. */
type How = 'read' | 'mark' | 'write'

interface Touch {
  readonly what: What
  readonly how: How
  /** A space, a vCPU or a host page, by `what`; null where it may be any of them. */
  readonly where: number | null
}
/** Everything an operation may touch. */
export type Footprint = readonly Touch[]

const touch = (what: What, how: How, where: number | null = null): Touch => ({ what, how, where })

const ofAccess = (access: PhysicalAccess, cells: Cells, settled: boolean): Footprint => {
  const writes = 'data' in access && access.data !== undefined
  const vcpu = 'vcpu' in access ? access.vcpu : null
  const now = vcpu === null ? 0 : (cells.vcpus.find(v => v.id === vcpu)?.space ?? null)
  if (settled && now === null) return [touch('vcpus', 'read', vcpu)]
  const as = settled || vcpu === null ? now : null
  const slot = settled && as !== null ? slotAt(cells.spaces[as] ?? { slots: [], swaps: 0 }, access.gfn) : null
  const page = slot === null ? null : slot.hva + (access.gfn - slot.base)
  return [
    touch('slots', 'read', as),
    ...(vcpu === null ? [] : [touch('vcpus', 'read', vcpu)]),
    ...(settled && slot === null ? [] : [touch('bytes', writes ? 'write' : 'read', page)]),
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

/**
 * What an operation may touch, on this machine or after other operations in progress have taken effect on it. `settled`
 * says that none of them changes a slot or a vCPU's address space, so that look-ups on this machine can be relied on.
 */
export const footprintOf = (operation: Operation, cells: Cells, settled: boolean): Footprint =>
  cells.params.profile === 'linux' && waitsForWindow(operation)
    ? [...touches(operation, cells, settled), touch('window', operation.op === 'set' ? 'write' : 'read')]
    : touches(operation, cells, settled)

const touches = (operation: Operation, cells: Cells, settled: boolean): Footprint => {
  if (isAccess(operation)) {
    const own = isVirtual(operation) ? ofVirtual(operation.vcpu) : ofAccess(operation, cells, settled)
    const changes = betweenOf(operation)
    return changes === undefined ? own : [...own, ...touches(changes.operation, cells, settled)]
  }
  switch (operation.op) {
    case 'set':
    case 'batch':
      return [
        touch('slots', 'write', operation.as),
        touch('log', 'write', operation.as),
        touch('modes', 'read'),
      ]
    case 'internal-slot':
      return [touch('slots', 'write')]
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
  (a.where === null || b.where === null || a.where === b.where)

/** Whether the order of two operations may matter. If not, both orders give the same machine and the same answers. */
export const mayMatter = (a: Footprint, b: Footprint): boolean => a.some(x => b.some(y => meets(x, y)))

/** Whether an operation may change a slot or a vCPU's address space, and so where accesses go. */
export const unsettles = ({ op, ...rest }: Operation): boolean =>
  'between' in rest ||
  op === 'set' ||
  op === 'batch' ||
  op === 'internal-slot' ||
  op === 'create-vcpu' ||
  op === 'set-vcpu' ||
  op === 'enter-smm' ||
  op === 'rsm'
