import type { Cells } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import { type Footprint, footprintOf, mayMatter, unsettles } from './footprint.js'

interface Asking {
  readonly operation: Operation
}

/** More machines than this are not looked at one by one. */
const MANY = 16

/**
 * The operations in progress that it may make a difference to have had before `n`: those whose order to it may matter,
 * whose order to one of those may, and so on. All the others can as well take effect later, since they have not ended:
 * a set of machines then does not grow with every thread that is busy elsewhere.
 */
export const concernedBy = <B extends Asking>(
  n: number,
  begun: ReadonlyMap<number, B>,
  machines: readonly Cells[],
): ReadonlyMap<number, B> => {
  if (begun.size === 1) return begun
  const settled = machines.length <= MANY && ![...begun.values()].some(b => unsettles(b.operation))
  const behind = settled ? machines : machines.slice(0, 1)
  const left = new Map<number, Footprint>()
  for (const [m, { operation }] of begun)
    left.set(
      m,
      behind.flatMap(cells => footprintOf(operation, cells, settled)),
    )
  const concerned = new Set([n])
  for (const at of concerned) {
    const footprint = left.get(at) ?? []
    left.delete(at)
    for (const [m, other] of left) if (mayMatter(footprint, other)) concerned.add(m)
  }
  return new Map([...begun].filter(([m]) => concerned.has(m)))
}
