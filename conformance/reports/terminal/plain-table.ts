import Table from 'cli-table3'

/** Columns lined up under each other, without rules. */
export const plainTable = (
  rows: readonly (readonly string[])[],
  aligns: readonly ('left' | 'right')[],
  indent: number,
  head: readonly string[] = [],
): string[] => {
  const table = new Table({
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: ' '.repeat(indent),
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: [...aligns],
    head: [...head],
  })
  for (const row of rows) table.push([...row])
  return table
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
}
