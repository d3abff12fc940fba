import type { Cells } from '../../spec/terms/cells.js'
import { pageOf, SMM } from '../../spec/terms/numbers.js'
import {
  type EnterSmmCall,
  isAccess,
  isVirtual,
  type Operation,
  type PhysicalAccess,
  type RsmCall,
} from '../../spec/terms/operation.js'
import { slotAt } from '../../spec/terms/space.js'

/** What an operation may touch: slots and logs by space, vCPUs by id, memory by host page, and the modes of the logs. */
type What = 'slots' | 'log' | 'vcpus' | 'bytes' | 'modes'

/** Reads do not disturb each other, nor do marks: a page is marked in the end, whoever came first. */
type How = 'read' | 'mark' | 'write'

interface Touch {
  readonly what: What
  readonly how: How
  /** Null is anywhere. */
  readonly where: number | null
}
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
 * Which tables and pages an address leads to, only the walk can tell: anything may be touched. The vCPU itself changes
 * where PAE's top entries are loaded anew.
 */
const ofVirtual = (vcpu: number): Footprint => [
  touch('slots', 'read'),
  touch('vcpus', 'write', vcpu),
  touch('bytes', 'write'),
  touch('log', 'mark'),
]

/** Registers are saved in memory and restored from it; whether any were saved only the vCPU can tell. */
const ofSavedState = (operation: EnterSmmCall | RsmCall): Footprint => {
  if (operation.op === 'rsm') return [touch('slots', 'read'), touch('bytes', 'read')]
  if (operation.smbase === undefined) return []
  return [touch('slots', 'read', SMM), touch('bytes', 'write'), touch('log', 'mark', SMM)]
}

/**
 * What an operation may touch on a machine or behind whatever may happen to it first; `settled` where nothing that
 * may happen first changes a slot or where a vCPU is.
 */
export const footprintOf = (operation: Operation, cells: Cells, settled: boolean): Footprint => {
  if (isVirtual(operation)) {
    const changes = operation.op === 'fetch-instruction' ? operation.between : undefined
    const { vcpu } = operation
    if (changes === undefined) return ofVirtual(vcpu)
    return [...ofVirtual(vcpu), ...footprintOf(changes.operation, cells, settled)]
  }
  if (isAccess(operation)) return ofAccess(operation, cells, settled)
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

/** Whether the order of two operations may matter. Where it says no, either order gives the same, answers included. */
export const mayMatter = (a: Footprint, b: Footprint): boolean => a.some(x => b.some(y => meets(x, y)))

/** Whether an operation may change where accesses go. */
export const unsettles = ({ op, ...rest }: Operation): boolean =>
  'between' in rest ||
  op === 'set' ||
  op === 'batch' ||
  op === 'internal-slot' ||
  op === 'create-vcpu' ||
  op === 'set-vcpu' ||
  op === 'enter-smm' ||
  op === 'rsm'
