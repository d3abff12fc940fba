import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { deleteOf, entryOf } from '../../generate/index.js'
import type { Path } from '../paths.js'
import {
  basesAfter,
  endings,
  flagsAfter,
  gone,
  HOST,
  inOneBatch,
  lookedUp,
  PAGE_1,
  PAGE_2,
  ROOT,
  TABLE,
  UNACCESSED,
  waysAmid,
} from './changing.fixture.js'

const cached = (ways: readonly Path[]) => ways.filter(way => !lookedUp([way]).includes(way))
/** Every way ends as one of those that nothing was cached for: what each returned. */
const ends = (ways: readonly Path[]) =>
  [...new Set(ways.map(({ cells }) => inspect(cells.returned, { depth: 9 })))].sort()

describe('a translation that was cached before a batch', () => {
  it('serves a page that is blocked, until it is revoked: the next page may then make the fetch wait', () => {
    expect(endings(cached(waysAmid(inOneBatch(gone(PAGE_1), gone(PAGE_2)))))).toEqual([
      'fetch-atomic.blocked > cached.until-revoked > cached.until-revoked > fetch.bytes',
      'fetch-atomic.blocked > cached.until-revoked > retry.page > failure.exit',
    ])
  })

  it('never leads to an end that neither the set of before nor that of after explains', () => {
    for (const frame of [TABLE, ROOT, PAGE_1, PAGE_2])
      for (const entry of [gone(frame), entryOf([frame, frame, 1, HOST + 0x100 + frame])]) {
        const ways = waysAmid(inOneBatch(entry))
        expect(cached(ways)).not.toEqual([])
        expect(ends(cached(ways))).toEqual(
          ends(cached(ways)).filter(end => ends(lookedUp(ways)).includes(end)),
        )
      }
  })

  it('lets a bit be set in a table that becomes read-only, until its writes are revoked', () => {
    const [both, first] = cached(
      waysAmid(inOneBatch(entryOf([TABLE, TABLE, 1, HOST + TABLE, 'R'])), { bits: UNACCESSED }),
    )
    expect([0, 1].map(index => flagsAfter(first as Path, index))).toEqual([0x67, UNACCESSED])
    expect([0, 1].map(index => flagsAfter(both as Path, index))).toEqual([0x67, 0x67])
  })
})

describe('a translation that was cached before Linux deletes a slot', () => {
  const linux = (by: 'hardware' | 'emulator', frame: number, secondStage: 'tdp' | 'shadow' = 'tdp') =>
    cached(waysAmid(deleteOf(frame), { by, params: { profile: 'linux', secondStage } }))

  it('serves the processor while the slot is INVALID and not zapped; the slot is gone all the same', () => {
    for (const secondStage of ['tdp', 'shadow'] as const) {
      const [way] = linux('hardware', PAGE_2, secondStage)
      expect(way?.rules.at(-1)?.id).toBe('fetch.bytes')
      expect(basesAfter(way as Path)).toEqual([TABLE, ROOT, PAGE_1])
    }
  })

  it('serves neither the emulator nor its walker, which ask the slots each time', () => {
    for (const frame of [TABLE, ROOT, PAGE_1, PAGE_2]) expect(linux('emulator', frame)).toEqual([])
  })
})
