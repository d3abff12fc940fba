import { P } from 'ts-pattern'
import { describe, expect, it } from 'vitest'
import { below, type Random, seeded, shuffled } from '../generate/index.js'
import { premise, relation, rule, run, step } from './index.js'

/** A row of numbers in which two neighbours in the wrong order may be exchanged. */
interface Row {
  readonly row: readonly number[]
}
const wrongPairs = ({ row }: Row) => row.flatMap((n, at) => (n > (row[at + 1] ?? n) ? [{ at }] : []))
const sorting = relation<Row>('sorting', [
  rule<Row>({
    id: 'exchange',
    kind: 'internal',
    says: 'Two neighbours in the wrong order change places.',
    cites: [],
    match: { row: P.array(P.number) },
    when: [
      premise(
        'unsorted',
        { holds: 'a pair is in the wrong order', fails: 'every pair is in order' },
        c => wrongPairs(c).length > 0,
      ),
    ],
    choose: wrongPairs,
    rewrite: ({ row }, { at }) => {
      const i = at as number
      return { row: row.with(i, row[i + 1] as number).with(i + 1, row[i] as number) }
    },
  }),
])
const someRow = (r: Random): Row => ({
  row: shuffled(
    r,
    Array.from({ length: 2 + below(r, 7) }, (_, i) => i),
  ),
})
const inversions = ({ row }: Row) => row.flatMap((a, i) => row.slice(i + 1).filter(b => a > b)).length

describe('run', () => {
  it('reaches the sorted row, in as many steps as the row has inversions', () => {
    const r = seeded(1)
    for (let n = 0; n < 200; n++) {
      const start = someRow(r)
      expect(run(sorting, start)).toEqual({ cells: { row: start.row.toSorted() }, steps: inversions(start) })
    }
  })
  it('is idempotent: a normal form is its own normal form', () => {
    const r = seeded(2)
    for (let n = 0; n < 200; n++) {
      const once = run(sorting, someRow(r))
      expect(run(sorting, once?.cells as Row)).toEqual({ cells: once?.cells, steps: 0 })
    }
  })
  it('gives null where the limit is one step short', () => {
    expect(run(sorting, { row: [2, 1, 0] }, 2)).toBeNull()
    expect(run(sorting, { row: [2, 1, 0] }, 3)).not.toBeNull()
  })
})

describe('step', () => {
  it('gives one successor for each choice, bound to it', () => {
    expect(step(sorting, { row: [2, 1, 3, 0] }).map(({ bindings, cells }) => [bindings, cells.row])).toEqual([
      [{ at: 0 }, [1, 2, 3, 0]],
      [{ at: 2 }, [2, 1, 0, 3]],
    ])
  })
  it('is deterministic: the same cells give the same successors in the same order', () => {
    const r = seeded(3)
    for (let n = 0; n < 200; n++) {
      const cells = someRow(r)
      expect(step(sorting, cells)).toEqual(step(sorting, structuredClone(cells)))
    }
  })
  it('does not change the cells it is given', () => {
    const cells = Object.freeze({ row: Object.freeze([3, 2, 1]) })
    step(sorting, cells)
    expect(cells.row).toEqual([3, 2, 1])
  })
})
