import { describe, expect, it } from 'vitest'
import { lengthOf } from '../../explore/result.js'
import { faults } from './catalogue.js'
import { verdictOn } from './seeded.js'

/** A run that is longer shows nothing at a glance; one that goes on for ever has updates both ways in it. */
const AT_A_GLANCE = 30
const ROUND = 52

/** What mends a failure here. */
const CHANGE_IT =
  'give it another update or company in oracle/designs/faults, or take it out of catalogue.ts there'

describe('a seeded fault', () => {
  it.each(faults)('$id breaks $property of $of', fault => {
    const verdict = verdictOn(fault, true)
    expect(verdict.holds, `${fault.id} breaks nothing: ${CHANGE_IT}`).toBe(false)
    if (verdict.holds === false) {
      const most = verdict.run.cycle === undefined ? AT_A_GLANCE : ROUND
      expect(lengthOf(verdict.run)).toBeLessThanOrEqual(most)
    }
  })

  it.each(faults)('$id is the cause: $of has $property without it', fault => {
    expect(verdictOn(fault, false).holds).toBe(true)
  })
})
