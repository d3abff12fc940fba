import { describe, expect, it } from 'vitest'
import { effectsOf } from '../../oracle/index.js'
import { batchCall, replaceAll } from '../../spec/terms/build-batch.js'
import { initialMachine } from '../../spec/terms/cells.js'
import { gfn, hvaPage, slotId } from '../../spec/terms/numbers.js'
import { defaultParameters } from '../../spec/terms/parameters.js'
import { type Slot, sameRegion } from '../../spec/terms/slot.js'
import type { Space } from '../../spec/terms/space.js'
import { batchInstead } from './instead.js'

const slot = (id: number, base: number, npages: number, more: Partial<Slot> = {}): Slot => ({
  id: slotId(id),
  base: gfn(base),
  npages,
  hva: hvaPage(0x7f0000000 + base),
  log: false,
  ro: false,
  gmem: false,
  dirty: null,
  since: 0 as Slot['since'],
  ...more,
})
const space = (...slots: Slot[]): Space => ({ slots: slots.toSorted((a, b) => a.base - b.base), swaps: 0 })

// Slots exchanged, split, resized, removed and appearing: none of it one call could do.
const before = space(
  slot(0, 0, 16),
  slot(1, 16, 16, { ro: true }),
  slot(2, 64, 8),
  slot(3, 80, 8, { log: true }),
)
const after = space(
  slot(0, 64, 8),
  slot(1, 16, 4, { ro: true }),
  slot(4, 20, 12),
  slot(2, 0, 16),
  slot(5, 100, 1),
)

describe('the batch in place of an update', () => {
  it('is one that the specification accepts, and that leads where the calls led', () => {
    const machine = initialMachine({ ...defaultParameters, profile: 'batch', spaces: 1 })
    const effects = effectsOf(
      { ...machine, spaces: [before] },
      batchCall(0, replaceAll(before.slots, after.slots)),
    )
    expect(effects).toHaveLength(1)
    expect(effects[0]?.result.is).toBe('batch')
    const slots = effects[0]?.cells.spaces[0]?.slots ?? []
    expect(slots).toHaveLength(after.slots.length)
    for (const [i, now] of slots.entries()) expect(sameRegion(now, after.slots[i] as Slot)).toBe(true)
  })
  it('lists its entries by slot, and where the pages lie that are not kept', () => {
    const batch = batchInstead(0, before, after, [])
    expect(batch.entries.map(entry => `${entry.do} ${entry.id}`)).toEqual([
      'set 0',
      'set 1',
      'set 2',
      'remove 3',
      'set 4',
      'set 5',
    ])
    expect(batch.classes).toEqual({
      kept: 28,
      appeared: 1,
      vanished: 8,
      redirected: 0,
      restricted: 0,
      logged: 0,
      relaxed: 12,
    })
    expect(batch.ranges).toContainEqual({ class: 'relaxed', gpa: '0x14000', size: '0xc000' })
    expect(batch).toMatchObject({ logged: 8, retired: 8 })
  })
  it('has no entry where nothing changes', () => {
    expect(batchInstead(0, before, before, [])).toMatchObject({
      entries: [],
      ranges: [],
      classes: { kept: 48 },
    })
  })
})
