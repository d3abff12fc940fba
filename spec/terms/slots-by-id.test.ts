import { describe, expect, it } from 'vitest'
import { below, chance, seeded, slotOf } from '../generate/index.js'
import { overlaps, type Slot } from './slot.js'
import { slotById, slotsIn, without, withSlot } from './space.js'

/** Changes in a row; the sets are small enough to be searched one by one, and large enough to be indexed. */
const CHANGES = 1500
const IDS = 600

/** Sets made one from another: slots come, move and go; no two overlap. */
function* changed(
  seed: number,
): Generator<{ readonly slots: readonly Slot[]; readonly naive: readonly Slot[] }> {
  const r = seeded(seed)
  let slots: readonly Slot[] = []
  let naive: readonly Slot[] = []
  for (let n = 0; n < CHANGES; n++) {
    const slot = slotOf([below(r, IDS), below(r, 5000) * 4, 1 + below(r, 4), n])
    const others = naive.filter(other => other.id !== slot.id)
    const isLegal = !others.some(other => overlaps(other, slot))
    if (chance(r, 0.2)) {
      slots = without(slots, slot.id)
      naive = others
    } else if (isLegal) {
      slots = withSlot(slots, slot)
      naive = [...others, slot].toSorted((a, b) => a.base - b.base)
    }
    yield { slots, naive }
  }
}

describe('slots changed one by one', () => {
  it('are those of a naive list, in order of base', () => {
    for (const { slots, naive } of changed(1)) expect(slots).toEqual(naive)
  })
  it('are found by id where a walk over all finds them, in every set of the row', () => {
    const r = seeded(3)
    for (const { slots, naive } of changed(2)) {
      const ids = [below(r, IDS), below(r, IDS), 40_000]
      const wrong = ids.filter(id => slotById({ slots }, id) !== (naive.find(slot => slot.id === id) ?? null))
      expect(wrong).toEqual([])
    }
  })
  it('are found by range where a walk over all finds them', () => {
    const r = seeded(5)
    for (const { slots, naive } of changed(4)) {
      const range = { base: below(r, 20_000), npages: 1 + below(r, 400) }
      expect(slotsIn({ slots }, range)).toEqual(naive.filter(slot => overlaps(slot, range)))
    }
  })
})
