import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { isOfFetchPath } from '../../../spec/terms/operation.js'
import { allowanceOf } from '../allowed.js'
import { loadByHand } from './load.js'

const loaded = loadByHand(import.meta.dirname)
if (isLeft(loaded)) throw new Error('the cases written by hand can be read')
const vectors = loaded.right.filter(({ id }) => id.startsWith('by-hand/fetch/'))

describe('fetches whose outcomes were written by hand', () => {
  it('are numbered without a gap', () => {
    const numbers = new Set(vectors.map(({ id }) => Number.parseInt(id.split('/')[2] ?? '', 10)))
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 75 }, (_, i) => i + 1))
  })

  it.each(vectors.map(vector => [vector.id, vector] as const))(
    '%s: the rules allow all of them and none else',
    (_, { config, ops, allow }) => {
      for (const [i, answers] of allowanceOf(config, ops).allow.entries()) {
        const op = ops[i]
        if (op === undefined || !isOfFetchPath(op)) continue
        const byHand = allow[i] ?? []
        // Exits are held where they were written down.
        const told = byHand.some(answer => answer.mmio !== undefined)
        const found = told ? answers : answers.map(({ mmio: _, ...rest }) => rest)
        expect(found).toHaveLength(byHand.length)
        expect(found).toEqual(expect.arrayContaining([...byHand]))
      }
    },
  )
})
