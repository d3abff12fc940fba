import { P } from 'ts-pattern'
import { describe, expect, it } from 'vitest'
import { identity, loose, naiveStep, not, premise, type Rule, relation, step, strict } from './index.js'

interface Label {
  readonly label: { readonly op: string; readonly n?: number } | null
  readonly seen: readonly string[]
}
const note = (
  id: string,
  match: unknown,
  when: Rule<Label>['when'] = [],
  after: Rule<Label>['when'] = [],
): Rule<Label> => ({
  id,
  kind: 'internal',
  says: id,
  cites: [],
  match,
  when,
  after,
  rewrite: (c, bindings) => ({ label: null, seen: [...c.seen, `${id}${identity(bindings)}`] }),
})
const positive = premise<Label>(
  'positive',
  { holds: 'n is positive', fails: 'n is not positive' },
  c => (c.label?.n ?? 0) > 0,
)
const even = premise<Label>(
  'even',
  { holds: 'n is even', fails: 'n is odd' },
  c => (c.label?.n ?? 0) % 2 === 0,
)
const rules = [
  note('any', { label: P.nonNullable }),
  note('a', { label: { op: 'a' } }),
  note('a positive', { label: { op: 'a', n: P.select('n', P.number) } }, [positive]),
  note('a not positive', { label: { op: 'a' } }, [not(positive)]),
  note('a even', { label: { op: 'a' } }, [even], [positive]),
  note('b or c', { label: { op: P.union('b', 'c') } }, [not(even)]),
  note('nothing', { label: null }),
]
const labels: readonly Label['label'][] = ['a', 'b', 'c', 'd'].flatMap(op => [
  { op },
  { op, n: 0 },
  { op, n: 1 },
  { op, n: 2 },
])

describe('a relation', () => {
  it.each([
    ['without an index', []],
    ['indexed by the label’s op', ['label', 'op']],
  ] as const)('%s gives the literal successors of every label, none included', (_, dispatch) => {
    for (const ordered of [strict(rules), loose(rules)]) {
      const rel = relation('labels', ordered, dispatch)
      for (const label of [...labels, null]) {
        const names = (steps: readonly { cells: Label }[]) => steps.map(s => s.cells.seen.join()).toSorted()
        const cells = { label, seen: [] }
        expect(names(step(rel, cells))).toEqual(names(naiveStep(rel, cells)))
      }
    }
  })
  it('binds what P.select names', () => {
    const [, , positiveA] = step(relation('labels', strict(rules)), { label: { op: 'a', n: 1 }, seen: [] })
    expect(positiveA?.bindings).toEqual({ n: 1 })
  })
  it('refuses two rules of one name', () => {
    expect(() => relation('labels', [note('x', {}), note('x', {})])).toThrow('two rules have one id')
  })
})

const fires = (ordered: readonly Rule<Label>[], n: number) =>
  step(relation('labels', ordered), { label: { op: 'a', n }, seen: [] }).map(({ rule }) => rule.id)

describe('strict and loose order', () => {
  it('strict lets a rule apply only where the checks before its own hold', () => {
    expect(fires(strict(rules), 0)).not.toContain('a even')
    expect(fires(strict(rules), 2)).toContain('a even')
  })
  it('loose lets it apply wherever its own premises hold', () => {
    expect(fires(loose(rules), 0)).toContain('a even')
    expect(fires(loose(rules), 1)).not.toContain('a even')
  })
  it('strict asks the earlier checks first, and each check once', () => {
    const [ordered] = strict([note('x', {}, [positive, even], [positive])])
    expect(ordered?.when).toEqual([positive, even])
  })
  it('a premise negated twice is itself', () => {
    expect(not(not(even))).toBe(even)
  })
})
