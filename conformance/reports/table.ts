/** What a table says. `terminal/table.ts` and `html/table.ts` draw it. */

export interface Column {
  readonly head: string
  /** Numbers stand to the right; prose is cut into lines where there is no room for it. */
  readonly kind?: 'text' | 'number' | 'prose'
  /** What the column says, where a pointer rests on its head. */
  readonly title?: string
}

export type Tone = 'good' | 'bad' | 'doubtful'

/** A cell that is more than its text. Titles and links are for pages only. */
export interface MarkedCell {
  readonly text: string
  readonly tone?: Tone
  readonly title?: string
  /** The address it leads to. */
  readonly link?: string
}

export type Cell = string | number | MarkedCell

export interface Table {
  readonly columns: readonly Column[]
  /** A cell for each column. The first one names its row. */
  readonly rows: readonly (readonly Cell[])[]
}

export const marked = (cell: Cell | undefined): MarkedCell =>
  typeof cell === 'object' ? cell : { text: String(cell ?? '') }
