import { describe, expect, it } from 'vitest'
import { AGREED } from './agreed.js'
import { maude } from './maude.js'
import { exploreBare } from './rules.js'
import { DESIGNS, type DesignName, SMALL, UPDATES, type UpdateName, worldFor } from './scopes.js'
import { spin } from './spin.js'

const designs = Object.keys(DESIGNS) as DesignName[]
const updates = Object.keys(UPDATES) as UpdateName[]
const cases = designs.flatMap(design => updates.map(update => [design, update] as const))

describe('the rules at the grain of steps', () => {
  it.each(cases)('reach the agreed states, %s: %s', (design, update) => {
    const { states, transitions, complete } = exploreBare(worldFor(design, update, SMALL), SMALL)
    expect({ states, transitions, complete }).toEqual({ ...AGREED[design][update], complete: true })
  })
})

describe.each([maude, spin])('$name, by a model of its own', ({ name, missing, count }) => {
  const why = missing()
  it.skipIf(why !== null)(
    `agrees on every state and transition${why === null ? '' : ` (${name} skipped: ${why})`}`,
    () => {
      for (const [design, update] of cases)
        expect([design, update, count(worldFor(design, update, SMALL))]).toEqual([
          design,
          update,
          AGREED[design][update],
        ])
    },
  )
})
