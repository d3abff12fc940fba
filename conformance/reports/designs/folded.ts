import { counted, nounFor } from '../../../spec/terms/counted.js'
import type { DesignsCell } from './codec.js'

/** The variant of a design that leaves out what corrupts kernel state. */
const WITHOUT = 'defects off'

type Named = Pick<DesignsCell, 'design' | 'variant' | 'property' | 'holds' | 'steps'>

/**
 * Designs whose defects end everything in one step: their row says nothing else, and is folded under the same design with
 * its defects off.
 */
export const foldedDesigns = (cells: readonly Named[]): readonly string[] =>
  [...new Set(cells.filter(c => c.variant === WITHOUT).map(c => c.design))].filter(design =>
    cells.some(c => c.design === design && c.variant === null && c.steps === 1),
  )

/** A sentence for each folded row. */
export const foldedWords = (cells: readonly Named[]): readonly string[] =>
  foldedDesigns(cells).map(design => {
    const own = cells.filter(c => c.design === design && c.variant === null)
    const at1 = own.filter(c => c.steps === 1).map(c => c.property)
    return `${design} has no row of its own: with its defects a failed allocation corrupts kernel state in one step, and ${at1.length} of ${counted(own.length, 'property', 'properties')} ${nounFor(at1.length, 'fails', 'fail')} by that alone. The row ${design}, ${WITHOUT} is the same design without them.`
  })
