import { describe, expect, it } from 'vitest'
import { entryOf } from '../../generate/index.js'
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

const amid = (...asked: Parameters<typeof waysAmid>) => lookedUp(waysAmid(...asked))
const readOnly = (frame: number) => inOneBatch(entryOf([frame, frame, 1, HOST + frame, 'R']))
const rebacked = (frame: number) => entryOf([frame, frame, 1, HOST + 0x100 + frame])
const begun = ({ rules }: Path): number => rules.filter(({ id }) => id === 'fetch.begin').length

describe('a fetch during which a batch comes', () => {
  it('sees one set of slots, whichever look-up the batch comes after, and the batch is carried out in any case', () => {
    for (let after = 0; after < 7; after++) {
      const ways = amid(inOneBatch(gone(PAGE_2)), { after })
      expect(ways.map(({ rules }) => rules.at(-1)?.id)).toEqual([
        'fetch.bytes',
        'failure.exit',
        'failure.exit',
      ])
      for (const way of ways) expect(basesAfter(way)).toEqual([TABLE, ROOT, PAGE_1])
    }
  })

  it('waits where it looks up a table that is owed, and begins again in the set published after', () => {
    const ways = amid(inOneBatch(gone(ROOT)))
    expect(endings(ways)).toEqual([
      'fetch-atomic.before > fetch.bytes',
      'fetch-atomic.after > fault.page',
      'fetch-atomic.blocked > retry.table > fault.page',
    ])
    expect(ways.map(begun)).toEqual([1, 1, 2])
  })

  it('waits though its first page was found already, and looks up both again', () => {
    const [before, after, blocked] = amid(inOneBatch(rebacked(PAGE_2)))
    expect(endings([blocked as Path])).toEqual(['fetch-atomic.blocked > retry.page > fetch.bytes'])
    expect(blocked?.cells.returned).toEqual(after?.cells.returned)
    expect(before?.cells.spaces).toEqual(after?.cells.spaces)
  })

  it('waits for nothing where nothing is owed: a slot that appears, a batch that is refused', () => {
    const neither = ['fetch-atomic.before > fetch.bytes', 'fetch-atomic.after > fetch.bytes']
    expect(endings(amid(inOneBatch(entryOf([9, 9, 1, HOST + 9]))))).toEqual(neither)
    expect(endings(amid(inOneBatch(gone(9))))).toEqual(neither)
  })

  it('reads a table that becomes read-only, and waits where a bit is to be set in it', () => {
    expect(endings(amid(readOnly(TABLE)))[2]).toBe('fetch-atomic.blocked > fetch.bytes')
    const ways = amid(readOnly(TABLE), { bits: UNACCESSED })
    expect(endings(ways)[2]).toBe('fetch-atomic.blocked > retry.accessed > fetch.bytes')
    expect(ways.map(way => flagsAfter(way, 0))).toEqual([0x67, UNACCESSED, UNACCESSED])
  })

  it('may wait below a second stage to read a table that becomes read-only, since the read may count as a write', () => {
    const waiting = (secondStage: 'tdp' | 'shadow') => {
      const ways = endings(amid(readOnly(TABLE), { by: 'hardware', params: { secondStage } }))
      return [...new Set(ways.filter(way => way.startsWith('fetch-atomic.blocked')))].sort()
    }
    expect(waiting('shadow')).toEqual(['fetch-atomic.blocked > fetch.bytes'])
    expect(waiting('tdp')).toEqual([
      'fetch-atomic.blocked > fetch.bytes',
      'fetch-atomic.blocked > retry.table-as-write > fetch.bytes',
    ])
  })

  it('leaves the bits that it set before it waited: of the first page’s entry, where the second page is blocked', () => {
    const blocked = amid(inOneBatch(gone(PAGE_2)), { bits: UNACCESSED })[2] as Path
    expect(endings([blocked])).toEqual(['fetch-atomic.blocked > retry.page > failure.exit'])
    expect([0, 1].map(index => flagsAfter(blocked, index))).toEqual([0x67, 0x67])
  })
})
