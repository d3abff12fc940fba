import type { Cells } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import {
  type Footprint,
  footprintOf,
  mayMatter,
  type Unsettled,
  unsettlesSlots,
  unsettlesVcpus,
} from './footprint.js'

interface Asking {
  readonly operation: Operation
}

/** Up to this many machines, footprints are computed for each; with more, one footprint must hold for all. */
const MAX_EXAMINED = 16

/** What the operations in progress may change of these machines, and on which of them footprints are computed. */
export const unsettledBy = (
  operations: readonly Operation[],
  machines: readonly Cells[],
): { readonly examined: readonly Cells[]; readonly unsettled: Unsettled } => {
  const changed = operations.map(unsettlesSlots)
  const areFew = machines.length <= MAX_EXAMINED
  const [first] = machines
  const agree = areFew || machines.every(({ vcpus }) => vcpus === first?.vcpus)
  const vcpus = !agree || operations.some(unsettlesVcpus)
  const anySlot = !areFew || changed.includes('any')
  const slots = (as: number): boolean => anySlot || changed.includes(as)
  return { examined: areFew ? machines : machines.slice(0, 1), unsettled: { vcpus, slots } }
}

/**
 * The operations in progress that must be considered before `n`: those whose order relative to `n` may matter, then
 * those whose order relative to one of these may matter, and so on. Every other operation can as well take effect
 * later, since it has not ended. So the set of candidates does not grow with threads that work on other pages or
 * spaces.
 */
export const concernedBy = <B extends Asking>(
  n: number,
  begun: ReadonlyMap<number, B>,
  machines: readonly Cells[],
): ReadonlyMap<number, B> => {
  if (begun.size === 1) return begun
  const operations = [...begun.values()].map(({ operation }) => operation)
  const { examined, unsettled } = unsettledBy(operations, machines)
  const left = new Map<number, Footprint>()
  for (const [m, { operation }] of begun)
    left.set(
      m,
      examined.flatMap(cells => footprintOf(operation, cells, unsettled)),
    )
  const concerned = new Set([n])
  for (const at of concerned) {
    const footprint = left.get(at) ?? []
    left.delete(at)
    for (const [m, other] of left) if (mayMatter(footprint, other)) concerned.add(m)
  }
  return new Map([...begun].filter(([m]) => concerned.has(m)))
}
