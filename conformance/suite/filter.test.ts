import { describe, expect, it } from 'vitest'
import { matches } from './filter.js'

const isMet = (filter: string, id: string): boolean => matches([filter])(id)

describe('a filter of cases', () => {
  it.each([
    ['order', 'by-hand/order/1', true],
    ['order', 'by-hand/other', false],
    ['by-*', 'by-hand/order', true],
    ['hand*', 'by-hand/order', false],
    ['*order', 'by-hand/order', true],
    ['*order', 'by-hand/order/1', false],
    ['by*hand*r', 'by-hand/order', true],
    ['*r*r*', 'by-hand/order', true],
    ['*r*r*r*', 'by-hand/order', false],
    ['ab*ba', 'aba', false],
    ['*', '', true],
    ['**', 'anything', true],
    ['a.c*', 'abc', false],
  ])('%s of %s: %s', (filter, id, met) => {
    expect(isMet(filter, id)).toBe(met)
  })

  it('with many stars is asked of a long name without trying every way: by those, this would never end', () => {
    expect(isMet(`${'*a'.repeat(50)}*b`, 'a'.repeat(200))).toBe(false)
  })
})
