import { describe, expect, it } from 'vitest'
import { machineWith, operationOn, seeded } from '../generate/index.js'
import { identity, naiveStep, type Successor, step } from '../rewrite/index.js'
import type { Cells } from '../terms/cells.js'
import { callRelation } from './calls.js'

const CELLS = 1500

const named = ({ rule, bindings, cells }: Successor<Cells>): string =>
  `${rule.id} ${identity(bindings)} ${identity(cells)}`

describe('the compiled engine against the rules read literally', () => {
  for (const profile of ['linux', 'batch'] as const) {
    for (const errors of ['strict', 'loose'] as const) {
      it(`gives exactly the literal successors, their rules and bindings: ${profile}, ${errors}`, () => {
        const r = seeded(profile.length * 10 + errors.length)
        const rel = callRelation({ profile, errors })
        let ways = 0
        for (let n = 0; n < CELLS; n++) {
          const machine = machineWith(r, {
            profile,
            errors,
            allocations: n % 4 === 0 ? 'may fail' : 'succeed',
          })
          const cells = { ...machine, call: operationOn(r, machine) }
          const literal = naiveStep(rel, cells).map(named)
          expect(step(rel, cells).map(named).toSorted()).toEqual(literal.toSorted())
          ways += literal.length
        }
        expect(ways).toBeGreaterThan(profile === 'linux' ? CELLS / 2 : CELLS)
      })
    }
  }
})
