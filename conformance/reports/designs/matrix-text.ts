import { tableText } from '../terminal/table.js'
import { cellWords } from './cell-words.js'
import type { DesignsReport } from './codec.js'
import { foldedDesigns } from './folded.js'
import { scopeWords, takenWords } from './scope-words.js'

/** The matrix as a table: properties down, since their names are longer than what stands in a cell. */
export const matrixText = (report: DesignsReport, width: number): string => {
  const { cells } = report
  const rowName = ({ design, variant }: { readonly design: string; readonly variant: string | null }) =>
    variant === null ? design : `${design}, ${variant}`
  const taken = new Map(report.scope.rows.map(row => [rowName(row), takenWords(row)]))
  const folded = foldedDesigns(cells)
  const designs = [...new Set(cells.map(rowName))].filter(name => !folded.includes(name))
  const properties = [UPDATES, ...new Set(cells.map(cell => cell.property))]
  const printed = (part: readonly string[]): string =>
    tableText({
      columns: ['design', ...part].map(head => ({ head })),
      rows: designs.map(design => [
        design,
        ...part.map(property => {
          if (property === UPDATES) return taken.get(design) ?? ''
          const cell = cells.find(c => rowName(c) === design && c.property === property)
          return cell === undefined ? '' : cellWords(cell)
        }),
      ]),
    }).join('\n')
  return [...columnsWithin(properties, designs, width).map(printed), scopeWords(report).join('\n')].join(
    '\n\n',
  )
}

/** The column that says how many updates a row takes. */
const UPDATES = 'updates'
const CELL = 'fails in 00'.length

/** As many columns a table as the width has room for. */
const columnsWithin = (
  properties: readonly string[],
  designs: readonly string[],
  width: number,
): readonly (readonly string[])[] => {
  const first = Math.max(...designs.map(name => name.length), 6) + 4
  const parts: string[][] = [[]]
  let used = first
  for (const property of properties) {
    const column = Math.max(property.length, CELL) + 3
    if (used + column > width && (parts.at(-1)?.length ?? 0) > 0) {
      parts.push([])
      used = first
    }
    parts.at(-1)?.push(property)
    used += column
  }
  return parts
}
