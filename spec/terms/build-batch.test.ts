import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { briefOf, machineOf, pages, seeded, slotOf, spaceOf, spaceWithin, take } from '../generate/index.js'
import * as build from './build-batch.js'
import type { BatchEntry } from './operation.js'
import { defaultParameters } from './parameters.js'
import type { Slot } from './slot.js'
import type { Space } from './space.js'

/** The set after the batch rule has taken these entries, or the errno it answered. */
const applied = (before: Space, entries: readonly BatchEntry[]): readonly Slot[] | string => {
  const { errno, slots } = take(machineOf(before.slots), build.batchCall(0, entries))
  return errno ?? slots
}
type Built = Either<build.CannotBuild, readonly BatchEntry[]>

/** The same for a change that can be built, as the slots it leads to. */
const made = (before: Space, built: Built): readonly Slot[] =>
  (isLeft(built) ? [] : applied(before, built.right)) as readonly Slot[]
const outcome = (before: Space, built: Built) => {
  if (isLeft(built)) return `${built.left.change}: ${built.left.why}`
  const result = applied(before, built.right)
  return typeof result === 'string' ? result : result.map(briefOf)
}

const three = spaceOf([1, 0, 8, 100, 'L'], [2, 8, 4, 108, 'L'], [3, 12, 2, 300, 'R'])

describe('a batch built for a change gives exactly the set intended', () => {
  it('split cuts a slot in two, the second part under the new id', () => {
    expect(outcome(three, build.split(three, 1, 3, 7))).toEqual([
      [1, 0, 3, 100, 'L'],
      [7, 3, 5, 103, 'L'],
      [2, 8, 4, 108, 'L'],
      [3, 12, 2, 300, 'R'],
    ])
  })
  it('merge joins slots that continue each other under the first’s id', () => {
    expect(outcome(three, build.merge(three, [1, 2]))).toEqual([
      [1, 0, 12, 100, 'L'],
      [3, 12, 2, 300, 'R'],
    ])
  })
  it('merge undoes split, bits and all', () => {
    const dirty: Space = { slots: [slotOf([1, 0, 8, 100, 'L'], [0, 2, 3, 7])], swaps: 0 }
    const parts: Space = { slots: made(dirty, build.split(dirty, 1, 3, 7)), swaps: 2 }
    expect(parts.slots.map(slot => slot.dirty?.set)).toEqual([pages(0, 2), pages(0, 4)])
    const [whole] = made(parts, build.merge(parts, [1, 7]))
    expect(whole).toMatchObject({ npages: 8, dirty: { set: pages(0, 2, 3, 7) } })
  })
  it('truncate keeps the first pages', () => {
    expect(outcome(three, build.truncate(three, 2, 1))).toEqual([
      [1, 0, 8, 100, 'L'],
      [2, 8, 1, 108, 'L'],
      [3, 12, 2, 300, 'R'],
    ])
  })
  it('grow adds pages at the end, and their bits are clear', () => {
    const dirty: Space = { slots: [slotOf([1, 0, 2, 100, 'L'], [1])], swaps: 0 }
    const [grown] = made(dirty, build.grow(dirty, 1, 5))
    expect(grown).toMatchObject({ base: 0, npages: 5, hva: 100, dirty: { set: pages(1) } })
  })
  it('punch takes pages out of the middle; what follows takes the new id', () => {
    expect(outcome(three, build.punch(three, 1, 2, 5, 9))).toEqual([
      [1, 0, 2, 100, 'L'],
      [9, 5, 3, 105, 'L'],
      [2, 8, 4, 108, 'L'],
      [3, 12, 2, 300, 'R'],
    ])
  })
  it('exchange swaps the frames of two slots, which no sequence of single moves could without a third range', () => {
    const pair = spaceOf([1, 0, 2, 100, 'L'], [2, 4, 2, 200])
    expect(outcome(pair, build.exchange(pair, 1, 2))).toEqual([
      [2, 0, 2, 200],
      [1, 4, 2, 100, 'L'],
    ])
  })
  it('replaceAll leads from any set to any other, in one batch, entries in order of id', () => {
    const r = seeded(61)
    const shape = { params: { ...defaultParameters, slotLimit: 8 }, ring: false, wide: false }
    for (let n = 0; n < 800; n++) {
      const [from, to] = [spaceWithin(r, 0, shape), spaceWithin(r, 0, shape)]
      const entries = build.replaceAll(from.slots, to.slots)
      expect(entries.map(e => e.id)).toEqual(entries.map(e => e.id).toSorted((a, b) => a - b))
      expect((applied(from, entries) as readonly Slot[]).map(briefOf)).toEqual(to.slots.map(briefOf))
    }
  })
  it('replaceAll leaves alone what both sets have', () => {
    const other = spaceOf([1, 0, 8, 100, 'L'], [3, 12, 2, 300])
    expect(build.replaceAll(three.slots, other.slots).map(e => [e.do, e.id])).toEqual([
      ['remove', 2],
      ['set', 3],
    ])
    expect(build.replaceAll(three.slots, three.slots)).toEqual([])
  })
})

describe('a change that cannot be built says why', () => {
  const gap = spaceOf([1, 0, 2, 100], [2, 3, 2, 103], [4, 5, 2, 200], [5, 7, 1, 202, 'L'])
  it.each([
    ['split: there is no slot 9', build.split(three, 9, 1, 7)],
    ['split: page 0 does not lie inside slot 1', build.split(three, 1, 0, 7)],
    ['split: page 8 does not lie inside slot 1', build.split(three, 1, 8, 7)],
    ['split: slot 2 is taken', build.split(three, 1, 4, 2)],
    ['merge: not all the slots exist', build.merge(three, [1, 9])],
    ['merge: not all the slots exist', build.merge(three, [])],
    ['merge: slot 2 does not continue the one before it', build.merge(gap, [1, 2])],
    ['merge: slot 4 does not continue the one before it', build.merge(gap, [2, 4])],
    ['merge: slot 5 does not continue the one before it', build.merge(gap, [4, 5])],
    ['merge: slot 1 does not continue the one before it', build.merge(three, [2, 1])],
    ['truncate: there is no slot 9', build.truncate(three, 9, 1)],
    ['truncate: slot 1 has 8 pages', build.truncate(three, 1, 8)],
    ['truncate: slot 1 has 8 pages', build.truncate(three, 1, 0)],
    ['grow: there is no slot 9', build.grow(three, 9, 1)],
    ['grow: slot 1 has 8 pages', build.grow(three, 1, 8)],
    ['punch: there is no slot 9', build.punch(three, 9, 1, 2, 7)],
    ['punch: no such hole lies inside slot 1', build.punch(three, 1, 0, 2, 7)],
    ['punch: no such hole lies inside slot 1', build.punch(three, 1, 3, 3, 7)],
    ['punch: no such hole lies inside slot 1', build.punch(three, 1, 3, 8, 7)],
    ['punch: slot 3 is taken', build.punch(three, 1, 3, 4, 3)],
    ['exchange: not both slots exist', build.exchange(three, 1, 9)],
    ['exchange: slot 1 is the same as itself', build.exchange(three, 1, 1)],
  ])('%s', (why, built) => {
    expect(outcome(three, built)).toBe(why)
  })
  it('but what only the rules know is refused by the rules', () => {
    expect(outcome(three, build.grow(three, 1, 9))).toBe('EEXIST')
    expect(outcome(three, build.split(three, 1, 3, 40_000))).toBe('EINVAL')
  })
})

describe('entries', () => {
  it('of a removal carry nothing but the id', () => {
    expect(build.removalOf(4)).toEqual({ do: 'remove', id: 4, gpa: 0n, size: 0n, hva: 0n, flags: 0 })
  })
  it('of a slot describe it as it is, so that setting it changes nothing', () => {
    expect(applied(three, three.slots.map(build.entryFor))).toEqual(three.slots)
  })
})
