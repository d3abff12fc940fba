import type { BenchRow } from '../../reports/bench/codec.js'

/** The rows of one family of benchmarks: what one name asks for. */
export interface ResultGroup {
  readonly name: string
  readonly rows: readonly BenchRow[]
}

/** Families in the order in which they were measured. */
export const groupRows = (rows: readonly BenchRow[]): readonly ResultGroup[] => {
  const groups = new Map<string, BenchRow[]>()
  for (const row of rows) {
    const group = groups.get(row.bench)
    if (group === undefined) groups.set(row.bench, [row])
    else group.push(row)
  }
  return [...groups].map(([name, of]) => ({ name, rows: of }))
}
