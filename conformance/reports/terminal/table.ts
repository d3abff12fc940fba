import Table from 'cli-table3'

const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: ' ',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
}

export interface TableShape {
  readonly head: readonly string[]
  readonly aligns?: readonly ('left' | 'right')[]
  /** The last column is wrapped so that no line is longer. */
  readonly width?: number
}

/** Rows in columns, without borders. */
export const table = (
  { head, aligns = [], width }: TableShape,
  rows: readonly (readonly (string | number)[])[],
): string => {
  const widest = head.map((title, i) =>
    Math.max(title.length, ...rows.map(row => String(row[i] ?? '').length)),
  )
  const before = widest.slice(0, -1).reduce((sum, w) => sum + w + 3, 1)
  const last = widest.at(-1) ?? 0
  const lastWidth = width === undefined ? last : Math.max(20, Math.min(last, width - before - 3))
  const printed = new Table({
    head: [...head],
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 1, 'padding-right': 1, compact: true },
    colAligns: head.map((_, i) => aligns[i] ?? 'left'),
    colWidths: [...widest.slice(0, -1).map(w => w + 2), lastWidth + 2],
    wordWrap: true,
  })
  for (const row of rows) printed.push(row.map(String))
  return printed
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
}
