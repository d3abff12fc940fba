import { isRight } from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { below, pagesWithin, seeded } from '../../spec/generate/index.js'
import { u64 } from '../../spec/terms/numbers.js'
import { runsOf } from '../../spec/terms/page-set.js'
import { EntryBytes, Frame, Hex64, HexBytes, natural, oneNumberOf, oneOf, Runs } from './scalars.js'

const reads = (codec: t.Mixed, value: unknown): boolean => isRight(codec.decode(value))

describe('a 64-bit quantity', () => {
  it.each([
    ['0x0', 0n],
    ['0xffffffffffffffff', 2n ** 64n - 1n],
    ['0x8000000000000000', 2n ** 63n],
    ['0x0000000000000001', 1n],
    ['0xABCdef', 0xabcdefn],
  ])('%s reads as %s, and no bit is lost', (text, value) => {
    const decoded = Hex64.decode(text)
    expect(isRight(decoded) && decoded.right).toBe(value)
  })

  it.each(['', '0x', '0x10000000000000000', '1000', '-0x1', '0x1g', ' 0x1', '0x1\n', 4096, null])(
    '%j is none',
    value => {
      expect(reads(Hex64, value)).toBe(false)
    },
  )

  it('is written in lower case without leading zeros, and reads back', () => {
    expect(Hex64.encode(u64(0xabcdefn))).toBe('0xabcdef')
    const r = seeded(1)
    for (let n = 0; n < 500; n++) {
      const value = u64(BigInt(below(r, 2 ** 32)) << BigInt(below(r, 33)))
      const back = Hex64.decode(Hex64.encode(value))
      expect(isRight(back) && back.right).toBe(value)
    }
  })
})

describe('a number', () => {
  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1', null, 8])(
    'of 0 to 7 is not %j',
    value => {
      expect(reads(natural(7), value)).toBe(false)
    },
  )
  it('of 0 to 7 is 0, and is 7', () => {
    expect([0, 7].map(n => reads(natural(7), n))).toEqual([true, true])
  })
  it('of a frame is at most the last that a 64-bit address reaches', () => {
    expect([2 ** 52 - 1, 2 ** 52].map(n => reads(Frame, n))).toEqual([true, false])
  })
  it('or a string out of a few is one of them', () => {
    expect([1, 2, 3].map(n => reads(oneNumberOf(1, 2), n))).toEqual([true, true, false])
    expect(['a', 'b', 1].map(w => reads(oneOf('a'), w))).toEqual([true, false, false])
    expect([oneNumberOf(1, 2).name, oneOf('a', 'b').name]).toEqual(['1 or 2', '"a" or "b"'])
  })
})

describe('bytes', () => {
  it.each(['', 'a', 'abc', 'AB', 'zz', '0xab', 'ab '])('are not %j', text => {
    expect(reads(HexBytes, text)).toBe(false)
  })
  it('are at most a page, and of an entry exactly eight', () => {
    expect([4096, 4097].map(n => reads(HexBytes, 'ab'.repeat(n)))).toEqual([true, false])
    expect([7, 8, 9].map(n => reads(EntryBytes, 'ab'.repeat(n)))).toEqual([false, true, false])
  })
})

describe('runs of pages', () => {
  it.each(['[]', '[[0,1]]', '[[0,1],[2,1]]'])('may be %s', json => {
    expect(reads(Runs, JSON.parse(json))).toBe(true)
  })
  it.each([
    ['they touch', '[[0,1],[1,1]]'],
    ['they overlap', '[[0,2],[1,1]]'],
    ['they descend', '[[4,1],[0,1]]'],
    ['one is empty', '[[0,0]]'],
    ['one is no pair', '[[0,1,2]]'],
    ['one is no number', '[["0",1]]'],
    ['one is negative', '[[-1,1]]'],
    ['one is a fraction', '[[0.5,1]]'],
    ['they are no list', '{"0":[0,1]}'],
  ])('may not be where %s', (_, json) => {
    expect(reads(Runs, JSON.parse(json))).toBe(false)
  })
  it('of any set of pages read back as they were written', () => {
    const r = seeded(2)
    for (let n = 0; n < 300; n++) {
      const runs = runsOf(pagesWithin(r, 100))
      const back = Runs.decode(JSON.parse(JSON.stringify(Runs.encode(runs))))
      expect(isRight(back) && back.right).toEqual(runs)
    }
  })
})
