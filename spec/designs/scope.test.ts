import { describe, expect, it } from 'vitest'
import type { StepSlot } from '../terms/steps/slots.js'
import { frameClass } from './batch.js'
import { SCOPES, setsOf, spread, type UpdateScope, updatesOf } from './scope.js'

const scope = (frames: number, hostPages: number, ids: number): UpdateScope => ({
  frames,
  hostPages,
  ids,
  kinds: ['plain'],
})

describe('counted by hand', () => {
  it('one frame, one host page, one id: nothing or a slot; create it or delete it', () => {
    expect(setsOf(scope(1, 1, 1))).toHaveLength(2)
    expect([...updatesOf(scope(1, 1, 1))]).toHaveLength(2)
  })

  it('two frames, two host pages, one id: five slots, and of 30 pairs six use the second host page alone', () => {
    expect(setsOf(scope(2, 2, 1))).toHaveLength(1 + 5)
    expect([...updatesOf(scope(2, 2, 1))]).toHaveLength(30 - 6)
  })

  it('with two ids eight sets of two slots more; of 342 pairs 42 are shifted and half of the rest renamed', () => {
    expect(setsOf(scope(2, 2, 2))).toHaveLength(1 + 5 + 5 + 8)
    expect([...updatesOf(scope(2, 2, 2))]).toHaveLength((342 - 42) / 2)
  })
})

const write = (slots: readonly StepSlot[], id: (n: number) => number, shift: number): string =>
  slots
    .map(s => [id(s.id), s.base, s.npages, s.hva - shift, s.ro, s.log >= 0].join())
    .sort()
    .join(';')

describe('the scope of the matrix', () => {
  const updates = [...updatesOf(SCOPES.whole)]

  it('no two updates are equal up to names of ids and where host pages begin', () => {
    const canonical = updates.map(({ before, after }) => {
      const shift = Math.min(...[...before, ...after].map(s => s.hva))
      const names = [(n: number) => n, (n: number) => 3 - n].map(
        id => `${write(before, id, shift)}>${write(after, id, shift)}`,
      )
      return names.sort()[0]
    })
    expect(new Set(canonical).size).toBe(updates.length)
  })

  it('every update changes something', () => {
    for (const { before, after } of updates)
      expect(write(before, n => n, 0)).not.toBe(write(after, n => n, 0))
  })

  it.each(['smoke', 'default', 'whole'] as const)('every class of page occurs in %s', name => {
    const taken = spread(updates, SCOPES[name].most)
    const classes = taken.flatMap(u => [0, 1].map(f => frameClass(u.before, u.after, f)))
    expect([...new Set(classes)].sort()).toEqual([
      'appeared',
      'kept',
      'logged',
      'redirected',
      'relaxed',
      'restricted',
      'unchanged hole',
      'vanished',
    ])
  })
})
