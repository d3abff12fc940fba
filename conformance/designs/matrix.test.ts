import { isLeft } from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { faultFor } from '../../oracle/designs/faults/catalogue.js'
import { gateText } from '../gates.js'
import { packageRoot } from '../package-root.js'
import type { DesignsCell, DesignsReport } from '../reports/designs/codec.js'
import { COMMITTED, committedMatrix } from './committed.js'
import { contradictions } from './contradictions.js'
import { matrixHash } from './deciding-sources.js'

const faultOf = ({ design, variant, property }: DesignsCell) =>
  faultFor(variant === null ? design : `${design}, ${variant}`, property)

it('the committed matrix is of the rules as they are', async () => {
  const kept = await committedMatrix()
  if (isLeft(kept)) throw new Error(`${COMMITTED}: ${kept.left.found}`)
  const mend = gateText('the matrix', `${COMMITTED} is stale`)
  expect(kept.right?.hash, mend).toBe(matrixHash(packageRoot(), 'default'))
})

it('every cell of the committed matrix that holds names a seeded fault that takes it away', async () => {
  const kept = await committedMatrix()
  if (isLeft(kept)) throw new Error(`${COMMITTED}: ${kept.left.found}`)
  const cells = kept.right?.cells ?? []
  expect(cells.length).toBeGreaterThan(200)
  const unnamed = cells.filter(cell => cell.holds === true && faultOf(cell) === null)
  const named = ({ design, variant, property }: DesignsCell) =>
    `${property} of ${design}${variant === null ? '' : `, ${variant}`}`
  const lines = unnamed.map(cell => gateText('a cell without a fault', `nothing takes away ${named(cell)}`))
  expect(lines, lines.join('\n')).toEqual([])
  const others = cells.filter(cell => cell.holds === true && cell.fault !== faultOf(cell)?.id).map(named)
  expect(others, gateText('the matrix', `another fault takes away ${others.join('; ')}`)).toEqual([])
})

const report = (name: 'smoke' | 'default', holds: DesignsCell['holds']): DesignsReport => ({
  schema: 'memslot-designs',
  version: 1,
  scope: {
    name,
    frames: 2,
    hostPages: 2,
    ids: 2,
    kinds: ['plain'],
    updates: 1,
    companies: [],
    rows: [],
  },
  hash: '',
  cells: [
    {
      design: 'batch',
      property: 'no-hole',
      variant: null,
      holds,
      states: 1,
      steps: holds === true ? null : 3,
      fault: null,
    },
  ],
})

it('a failure in part of a scope contradicts a matrix of the whole that holds, and not the reverse', () => {
  expect(contradictions(report('smoke', false), report('default', true))).toHaveLength(1)
  expect(contradictions(report('smoke', true), report('default', false))).toEqual([])
  expect(contradictions(report('smoke', 'not promised'), report('default', true))).toHaveLength(1)
  expect(contradictions(report('smoke', 'not promised'), report('default', false))).toEqual([])
  expect(contradictions(report('smoke', true), report('default', 'not promised'))).toEqual([])
  expect(contradictions(report('default', true), report('default', false))).toHaveLength(1)
})
