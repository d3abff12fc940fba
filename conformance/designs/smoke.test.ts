import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { beforeAll, describe, expect, it } from 'vitest'
import { traceOfRun } from '../../oracle/designs/as-trace.js'
import type { Row } from '../../oracle/designs/matrix.js'
import { expectedOfTrace, traceOptionsFor } from '../../oracle/designs/seen-in-trace.js'
import { subjects } from '../../oracle/designs/subjects.js'
import { checkTrace, readTrace } from '../../oracle/index.js'
import { properties } from '../../spec/properties/properties.js'
import { packageRoot } from '../package-root.js'
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

const letters = ({ cells }: Row): string =>
  cells.map(({ holds }) => (holds === true ? 'H' : holds === false ? 'F' : '?')).join('')

describe('the matrix of the smoke scope', () => {
  it('says what it is expected to say', () => {
    const file = join(packageRoot(), 'conformance/designs/smoke-expectation.json')
    expect({
      properties: properties.map(({ id }) => id).join(' · '),
      ...Object.fromEntries(rows.map(row => [row.design, letters(row)])),
    }).toEqual(JSON.parse(readFileSync(file, 'utf8')))
  })

  it('has runs that check judges as they deserve, each presented as one batch', () => {
    const wrong = rows.flatMap(({ design, cells }) =>
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
    expect(wrong).toEqual([])
  })
})
