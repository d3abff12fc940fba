import type { Cells } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import { type Footprint, footprintOf, mayMatter, unsettles } from './footprint.js'

interface Asking {
  readonly operation: Operation
}

/** Up to this many machines, footprints are computed for each; with more, one footprint must hold for all. */
const MAX_EXAMINED = 16

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
  const settled = machines.length <= MAX_EXAMINED && ![...begun.values()].some(b => unsettles(b.operation))
  const examined = settled ? machines : machines.slice(0, 1)
  const left = new Map<number, Footprint>()
  for (const [m, { operation }] of begun)
    left.set(
      m,
      examined.flatMap(cells => footprintOf(operation, cells, settled)),
    )
  const concerned = new Set([n])
  for (const at of concerned) {
    const footprint = left.get(at) ?? []
    left.delete(at)
    for (const [m, other] of left) if (mayMatter(footprint, other)) concerned.add(m)
  }
  return new Map([...begun].filter(([m]) => concerned.has(m)))
}
