import type { StepCells } from '../../../spec/terms/steps/cells.js'
import type { System } from '../../explore/system.js'

/** The states that a system reaches, breadth first from its starts; at most `max` of them. */
export const reach = function* (
  { initial, encode, successors }: System<StepCells>,
  max = Number.POSITIVE_INFINITY,
): Generator<StepCells> {
  const found = new Set(initial.map(encode))
  const queue = [...initial]
  for (const cells of queue) {
    yield cells
    for (const next of successors?.(cells) ?? []) {
      const name = encode(next.cells)
      if (found.has(name) || found.size >= max) continue
      found.add(name)
      queue.push(next.cells)
    }
  }
}
