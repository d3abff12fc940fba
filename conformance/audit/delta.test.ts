import { describe, expect, it } from 'vitest'
import { type Brief, spaceOf } from '../../spec/generate/index.js'
import type { Space } from '../../spec/terms/space.js'
import { deltaOf, deltaOfCall } from './delta.js'

const one: Brief = [1, 0, 4, 0x1000]
const two: Brief = [2, 8, 4, 0x2000]

describe('what one call on a slot changed is what comparing all slots finds', () => {
  it.each<readonly [string, Space, Space]>([
    ['nothing', spaceOf(one, two), spaceOf(one, two)],
    ['the slot was created', spaceOf(one), spaceOf(one, two)],
    ['the slot was removed', spaceOf(one, two), spaceOf(one)],
    ['the slot moved', spaceOf(one, two), spaceOf(one, [2, 16, 4, 0x2000])],
    ['the slot got other memory', spaceOf(one, two), spaceOf(one, [2, 8, 4, 0x3000])],
    ['others in its way went with it', spaceOf(one, two), spaceOf([2, 2, 8, 0x2000])],
    ['one in the way of a new slot went', spaceOf(one), spaceOf([2, 2, 8, 0x2000])],
  ])('where %s', (_, before, after) => {
    expect(deltaOfCall(before, after, 2)).toEqual(deltaOf(before, after))
  })

  it('a removed slot unmaps its frames, and a created one maps them', () => {
    expect(deltaOfCall(spaceOf(one, two), spaceOf(one), 2)).toMatchObject({ unmapped: [8, 12], mapped: [] })
    expect(deltaOfCall(spaceOf(one), spaceOf(one, two), 2)).toMatchObject({ unmapped: [], mapped: [8, 12] })
  })
})
