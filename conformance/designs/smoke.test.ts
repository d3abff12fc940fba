import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Row } from '../../oracle/designs/matrix.js'
import { subjects } from '../../oracle/designs/subjects.js'
import { expectedOfTrace, traceOptionsFor } from '../../oracle/designs/trace/expected-verdict.js'
import { traceOfRun } from '../../oracle/designs/trace/trace-of-run.js'
import { checkTrace, readTrace } from '../../oracle/index.js'
import { properties } from '../../spec/properties/properties.js'
import { gateText } from '../gates.js'
import { packageRoot } from '../package-root.js'
import { committedMatrix } from './committed.js'
import { computeRows } from './compute-rows.js'
import { heaviestFirst } from './heaviest-first.js'

/** The scope takes a minute on two cores that do nothing else. */
const LONG = 900_000
let rows: readonly Row[] = []

beforeAll(async () => {
  const jobs = subjects.map(({ id }) => ({ scope: 'smoke', subject: id, properties: [] }) as const)
  const computed = await computeRows(heaviestFirst(jobs), { workers: 2 })
  if (isLeft(computed)) throw new Error(computed.left)
  rows = subjects.flatMap(({ id }) => computed.right.filter(row => row.design === id))
}, LONG)

/** The runs of failing cells that `check` judges otherwise than expected, in words. */
const misjudged = (of: readonly Row[]): readonly string[] =>
  of.flatMap(({ design, cells }) =>
    cells.flatMap(({ property, run }) => {
      if (run === null) return []
      const trace = readTrace(traceOfRun(run, traceOptionsFor(property)), design)
      const is = isLeft(trace) ? 'unreadable' : checkTrace(trace.right).is
      const expected = expectedOfTrace(property, run)
      const allowed = {
        deviates: ['deviates'],
        unseen: ['conforms', 'inconclusive'],
        either: ['deviates', 'conforms', 'inconclusive'],
      }[expected]
      return allowed.includes(is) ? [] : [`${design} / ${property}: ${is}, expected ${expected}`]
    }),
  )

const letters = ({ cells }: Row): string =>
  cells
    .map(({ holds }) => (holds === true ? 'H' : holds === false ? 'F' : holds === 'not promised' ? 'N' : '?'))
    .join('')

describe('the matrix of the smoke scope', () => {
  it('has the verdicts that smoke-expectation.json lists', () => {
    const file = join(packageRoot(), 'conformance/designs/smoke-expectation.json')
    const found = {
      properties: properties.map(({ id }) => id).join(' · '),
      ...Object.fromEntries(rows.map(row => [row.design, letters(row)])),
    }
    const mend = gateText('the matrix in small', 'a cell of the smoke scope is another')
    expect(found, mend).toEqual(JSON.parse(readFileSync(file, 'utf8')))
  })

  it('has runs that check judges as expected, each given to it as one batch', () => {
    expect(misjudged(rows)).toEqual([])
  })

  it(
    'is joined by the cells that fail in the larger scope of the committed matrix alone',
    async () => {
      const committed = await committedMatrix()
      if (isLeft(committed) || committed.right === null) throw new Error('there is no committed matrix')
      const failsHere = (subject: string, property: string): boolean =>
        rows.some(
          ({ design, cells }) =>
            design === subject && cells.some(cell => cell.property === property && cell.holds === false),
        )
      const only = committed.right.cells.flatMap(({ design, variant, property, holds }) => {
        const subject = variant === null ? design : `${design}, ${variant}`
        return holds === false && !failsHere(subject, property) ? [{ subject, property }] : []
      })
      const jobs = only.map(({ subject, property }) => ({
        scope: 'default' as const,
        subject,
        properties: [property],
      }))
      const computed = await computeRows(jobs, { workers: 2 })
      if (isLeft(computed)) throw new Error(computed.left)
      const failing = computed.right.flatMap(({ cells }) => cells.filter(({ holds }) => holds === false))
      expect(failing).toHaveLength(only.length)
      expect(misjudged(computed.right)).toEqual([])
    },
    LONG,
  )
})
