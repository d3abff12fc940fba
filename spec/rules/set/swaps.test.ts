import { describe, expect, it } from 'vitest'
import { type Brief, deleteOf, machineOf, setOf, slotOf, take } from '../../generate/index.js'
import { type Cells, generationOf } from '../../terms/cells.js'
import type { SetCall } from '../../terms/operation.js'
import { slotById } from '../../terms/space.js'

const LOGGED: Brief = [1, 0x100, 16, 0x1000, 'L']
const PLAIN: Brief = [2, 0x200, 16, 0x2000]
const late = { allocation: 'late' } as const

/** kernel-memslots.md, Sets and swaps, swaps per operation. */
const table: readonly (readonly [operation: string, call: SetCall, rule: string, swaps: number])[] = [
  ['CREATE', setOf([9, 0x500, 1, 0x9000]), 'set.create', 1],
  ['CREATE of a logged slot', setOf([9, 0x500, 1, 0x9000, 'L']), 'set.create', 1],
  ['FLAGS_ONLY, LOG on', setOf([2, 0x200, 16, 0x2000, 'L']), 'set.flags-only', 1],
  ['FLAGS_ONLY, LOG off', setOf([1, 0x100, 16, 0x1000]), 'set.flags-only', 1],
  ['DELETE', deleteOf(1), 'set.delete', 2],
  ['MOVE', setOf([2, 0x280, 16, 0x2000]), 'set.move', 2],
  ['MOVE with LOG switched on', setOf([2, 0x280, 16, 0x2000, 'L']), 'set.move', 2],
  ['no-op', setOf(LOGGED), 'set.no-op', 0],
  ['an error at a static check', setOf([9, 0x500, 1, 0x9000], { flags: 8 }), 'set.v1-flags', 0],
  ['an overlap', setOf([9, 0x100, 1, 0x9000]), 'set.overlap', 0],
  [
    'a MOVE for which no slot object can be allocated',
    setOf([2, 0x280, 16, 0x2000], { allocation: 'early' }),
    'set.no-memory',
    0,
  ],
  ['a CREATE whose bitmap cannot be allocated', setOf([9, 0x500, 1, 0x9000, 'L'], late), 'set.no-bitmap', 0],
  ['a CREATE beyond the last frame', setOf([9, 0xfff, 2, 0x9000]), 'set.beyond-max-gfn', 0],
  ['a CREATE whose metadata cannot be allocated', setOf([9, 0x500, 1, 0x9000], late), 'set.no-metadata', 0],
  [
    'a FLAGS_ONLY whose bitmap cannot be allocated',
    setOf([2, 0x200, 16, 0x2000, 'L'], late),
    'set.no-bitmap',
    0,
  ],
  ['a MOVE whose bitmap cannot be allocated', setOf([2, 0x280, 16, 0x2000, 'L'], late), 'set.no-bitmap', 2],
  ['a MOVE beyond the last frame', setOf([1, 0xff8, 16, 0x1000, 'L']), 'set.beyond-max-gfn', 2],
  [
    'a MOVE whose metadata cannot be allocated',
    setOf([1, 0x280, 16, 0x1000, 'L'], late),
    'set.no-metadata',
    2,
  ],
]

const start = (as: number, spaces: number): Cells => {
  const cells = machineOf([], { spaces, maxGfn: 0xfff })
  const slots = [slotOf(LOGGED, [3, 4]), slotOf(PLAIN)]
  return { ...cells, spaces: cells.spaces.with(as, { slots, swaps: 5 }) }
}

describe('swaps and generations of one call', () => {
  for (const [as, spaces] of [
    [0, 1],
    [0, 2],
    [1, 2],
    [2, 3],
  ] as const) {
    it.each(table)(`%s, in space ${as} of ${spaces}`, (_, call, rule, swaps) => {
      const before = start(as, spaces)
      const taken = take(before, { ...call, as })
      expect(taken.rule).toBe(rule)
      expect(taken.cells.spaces[as]?.swaps).toBe(5 + swaps)
      expect(generationOf(taken.cells, as)).toBe(as + (5 + swaps) * spaces)
      if (taken.errno === null)
        expect(taken.returned).toEqual({ is: 'done', generation: as + (5 + swaps) * spaces })
      before.spaces.forEach((space, other) => {
        if (other !== as) expect(taken.cells.spaces[other]).toBe(space)
      })
    })
  }
  it('begin with the number of the space, before any swap', () => {
    expect([0, 1, 2].map(as => generationOf(machineOf([], { spaces: 3 }), as))).toEqual([0, 1, 2])
  })
})

describe('since', () => {
  const sinceOf = (call: SetCall) =>
    slotById(take(start(0, 2), call).cells.spaces[0] as Cells['spaces'][number], call.id)?.since

  it.each<readonly [string, SetCall, number]>([
    ['is the generation published by the CREATE', setOf([9, 0x500, 1, 0x9000]), 12],
    ['is the generation published by the MOVE', setOf([2, 0x280, 16, 0x2000]), 14],
    ['is left alone by a change of flags', setOf([2, 0x200, 16, 0x2000, 'L']), 0],
    ['is left alone by a no-op', setOf(PLAIN), 0],
    [
      'is left alone by a MOVE that fails late, though the generation steps',
      setOf([1, 0xff8, 16, 0x1000, 'L']),
      0,
    ],
  ])('%s', (_, call, since) => {
    expect(sinceOf(call)).toBe(since)
  })
  it('of other slots is left alone', () => {
    const { slots } = take(start(0, 2), setOf([9, 0x500, 1, 0x9000]))
    expect(slots.filter(slot => slot.id !== 9).map(slot => slot.since)).toEqual([0, 0])
  })
})
