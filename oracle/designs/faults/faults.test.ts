import { describe, expect, it } from 'vitest'
import { properties } from '../../../spec/properties/properties.js'
import { lengthOf } from '../../explore/result.js'
import { PREDICTED } from '../predicted.js'
import { faultFor, faults } from './catalogue.js'
import { verdictOn } from './seeded.js'

const held = Object.entries(PREDICTED).flatMap(([design, row]) =>
  properties.flatMap(({ id }, i) => (row[i] === 'H' ? [{ design, property: id }] : [])),
)

/** A run that is longer shows nothing at a glance. */
const AT_A_GLANCE = 30

describe('a seeded fault', () => {
  it.each(held)('is known for $property, which $design holds', ({ design, property }) => {
    expect(faultFor(design, property)).not.toBeNull()
  })

  it.each(faults)('$id takes $property from $of', fault => {
    const verdict = verdictOn(fault, true)
    expect(verdict.holds).toBe(false)
    if (verdict.holds === false) expect(lengthOf(verdict.run)).toBeLessThanOrEqual(AT_A_GLANCE)
  })

  it.each(faults)('$id shows where $of has $property without it', fault => {
    expect(verdictOn(fault, false).holds).toBe(true)
  })
})
