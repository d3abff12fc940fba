import { describe, expect, it } from 'vitest'
import { SPREAD } from '../memory/host-pages.js'
import { EPOCHS, ROW_SHIFT, TablePlaces } from './table-places.js'

/** What the fast walk reads: the place of a table in bytes, or null. */
const placeOf = ({ rows, epoch }: TablePlaces, gfn: number): number | null => {
  const row = (Math.imul(gfn, SPREAD) >>> ROW_SHIFT) << 1
  const word = rows[row | 1]! ^ epoch
  return rows[row] === gfn && (word & EPOCHS) === 0 ? word << 2 : null
}

describe('the cached place of a table', () => {
  it('is kept of frame 0, of frame 2^31 − 1, and of none beyond', () => {
    const places = new TablePlaces()
    expect(placeOf(places, 0)).toBeNull()
    expect(places.keep(0, 0x7000)).toBe(true)
    expect(places.keep(2 ** 31 - 1, 0x5fff_f000)).toBe(true)
    expect(places.keep(2 ** 31, 0x9000)).toBe(false)
    expect(placeOf(places, 0)).toBe(0x7000)
    expect(placeOf(places, 2 ** 31 - 1)).toBe(0x5fff_f000)
  })

  it('is that of the later of two frames that share a row', () => {
    const rowOf = (gfn: number) => Math.imul(gfn, SPREAD) >>> ROW_SHIFT
    const same = Array.from({ length: 2 ** 20 }, (_, i) => i + 2).find(gfn => rowOf(gfn) === rowOf(1))!
    const places = new TablePlaces()
    places.keep(1, 0x1000)
    places.keep(same, 0x2000)
    expect([placeOf(places, 1), placeOf(places, same)]).toEqual([null, 0x2000])
  })

  it('is dropped by revoking, however often: old rows never become valid again', () => {
    const places = new TablePlaces()
    for (let turn = 0; turn < 3 * EPOCHS; turn++) {
      expect(placeOf(places, 7)).toBeNull()
      if (turn % EPOCHS === 0) places.keep(7, 0x3000)
      places.revoke()
    }
  })
})
