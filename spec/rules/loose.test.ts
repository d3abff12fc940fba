import { describe, expect, it } from 'vitest'
import { machineWith, operationOn, seeded } from '../generate/index.js'
import { identity, step } from '../rewrite/index.js'
import type { Cells } from '../terms/cells.js'
import type { Result } from '../terms/result.js'
import { callRelation } from './calls.js'

const outcomes = (cells: Cells, errors: 'strict' | 'loose') =>
  step(callRelation({ profile: 'batch', errors }), { ...cells, params: { ...cells.params, errors } }).map(
    ({ cells: { params: _, ...after } }) => after,
  )

const isFailure = (result: Result | null): boolean => result?.is === 'error'

describe('loose errors', () => {
  it('allow whatever strict errors allow, add failures only, and at times do add one', () => {
    const r = seeded(21)
    let wider = 0
    for (let n = 0; n < 6000; n++) {
      const machine = machineWith(r, { allocations: n % 5 === 0 ? 'may fail' : 'succeed' })
      const cells = { ...machine, call: operationOn(r, machine) }
      const strict = new Set(outcomes(cells, 'strict').map(identity))
      const loose = outcomes(cells, 'loose')
      const allowed = new Set(loose.map(identity))
      expect([...strict].filter(outcome => !allowed.has(outcome))).toEqual([])
      const added = loose.filter(outcome => !strict.has(identity(outcome)))
      expect(added.filter(outcome => !isFailure(outcome.returned))).toEqual([])
      if (added.length > 0) wider++
    }
    expect(wider).toBeGreaterThan(100)
  })

  it('succeed exactly where strict errors succeed', () => {
    const r = seeded(22)
    const succeeds = (cells: Cells, errors: 'strict' | 'loose') =>
      outcomes(cells, errors).some(({ returned }) => !isFailure(returned))
    for (let n = 0; n < 3000; n++) {
      const machine = machineWith(r)
      const cells = { ...machine, call: operationOn(r, machine) }
      expect(succeeds(cells, 'loose')).toBe(succeeds(cells, 'strict'))
    }
  })
})
