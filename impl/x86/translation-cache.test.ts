import { describe, expect, it } from 'vitest'
import { FETCH, READ } from './regime.js'
import { TranslationCache } from './translation-cache.js'

const PAGE = 4096

describe('the cache of translations', () => {
  it('finds a page by all bits of its address', () => {
    const cache = new TranslationCache()
    cache.keep(0x7fff, 0x1234_5000 | 0, 9 * PAGE, 0)
    expect(cache.find(0x7fff, 0x1234_5678 | 0, READ)).toBe(9 * PAGE)
    for (let bit = 12; bit < 32; bit++) expect(cache.find(0x7fff, 0x1234_5000 ^ (1 << bit), READ)).toBe(-1)
    for (let bit = 0; bit < 32; bit++) expect(cache.find(0x7fff ^ (1 << bit), 0x1234_5000, READ)).toBe(-1)
  })

  it('serves only the uses that the page allows', () => {
    const cache = new TranslationCache()
    cache.keep(0, PAGE, 5 * PAGE, 1 << FETCH)
    cache.keep(0, 2 * PAGE, 6 * PAGE, 1 << READ)
    expect([cache.find(0, PAGE, READ), cache.find(0, PAGE, FETCH)]).toEqual([5 * PAGE, -1])
    expect([cache.find(0, 2 * PAGE, READ), cache.find(0, 2 * PAGE, FETCH)]).toEqual([-1, 6 * PAGE])
  })

  it('keeps two pages of one row, and replaces one for a third', () => {
    const cache = new TranslationCache()
    const lows = [0, 1, 2].map(i => (i << 23) | (i << 12)) // the same row: both parts are folded into it
    const found = () => lows.map(low => cache.find(0, low, READ))
    lows.forEach((low, i) => void cache.keep(0, low, (i + 1) * PAGE, 0))
    expect(found()).toEqual([-1, 2 * PAGE, 3 * PAGE])
  })

  it('finds nothing after it is revoked, however often', () => {
    const cache = new TranslationCache()
    for (let turn = 0; turn < 2000; turn++) {
      expect(cache.find(0, 0, READ)).toBe(-1)
      if (turn % 511 === 0) cache.keep(0, 0, PAGE, 0)
      cache.revoke()
    }
  })
})
