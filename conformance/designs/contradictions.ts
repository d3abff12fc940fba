import type { DesignsReport } from '../reports/designs/codec.js'

const WORDS: Readonly<Record<string, string>> = { true: 'holds', 'not promised': 'is not promised' }

/**
 * Where a matrix contradicts another of a scope at least as large: a property cannot fail in part of a scope that
 * it holds in, and over the same scope both say the same.
 */
export const contradictions = (report: DesignsReport, other: DesignsReport): readonly string[] => {
  const same = JSON.stringify(report.scope.name) === JSON.stringify(other.scope.name)
  return report.cells.flatMap(cell => {
    const { design, variant, property, holds } = cell
    const before = other.cells.find(
      c => c.design === design && c.variant === variant && c.property === property,
    )
    if (before === undefined || before.holds === holds || holds === 'inconclusive') return []
    const contradicts = same || (holds !== true && before.holds === true) || holds === false
    const name = variant === null ? design : `${design}, ${variant}`
    return contradicts
      ? [`${name} / ${property} ${WORDS[String(holds)] ?? 'fails'}; the matrix that is kept says otherwise`]
      : []
  })
}
