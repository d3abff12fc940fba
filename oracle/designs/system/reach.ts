import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { System } from '../../explore/system.js'

/** Every state a system reaches, in the order of a search from its starts, or as many as are wanted. */
export const reach = function* (
  { initial, encode, successors }: System<StepCells>,
  most = Number.POSITIVE_INFINITY,
): Generator<StepCells> {
  const found = new Set(initial.map(encode))
  const queue = [...initial]
  for (const cells of queue) {
    yield cells
    for (const next of successors?.(cells) ?? []) {
      const name = encode(next.cells)
      if (found.has(name) || found.size >= most) continue
      found.add(name)
      queue.push(next.cells)
    }
  }
}
