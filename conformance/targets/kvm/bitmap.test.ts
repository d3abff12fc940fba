import { describe, expect, it } from 'vitest'
import type { Run } from '../../../spec/terms/page-set.js'
import { bitmapBytes, runsOfBits, SENTINEL, writeBits, writtenOver } from './bitmap.js'

describe('bitmaps of KVM', () => {
  it('are whole 64-bit words', () => {
    expect([0, 1, 63, 64, 65, 128, 2 ** 22].map(bitmapBytes)).toEqual([0, 8, 8, 8, 16, 16, 524288])
  })

  it.each<readonly [readonly Run[]]>([
    [[]],
    [[[0, 1]]],
    [[[0, 128]]],
    [[[7, 2]]],
    [
      [
        [0, 3],
        [5, 65],
      ],
    ],
    [
      [
        [1, 1],
        [3, 1],
        [5, 1],
        [63, 2],
        [127, 1],
      ],
    ],
  ])('give back the runs written: %j', runs => {
    const bytes = new Uint8Array(16)
    writeBits(bytes, runs, 0)
    expect(runsOfBits(bytes)).toEqual(runs)
  })

  it('are little-endian, byte by byte', () => {
    const bytes = new Uint8Array(8)
    writeBits(
      bytes,
      [
        [0, 1],
        [9, 1],
        [63, 1],
      ],
      0,
    )
    expect([...bytes]).toEqual([1, 2, 0, 0, 0, 0, 0, 0x80])
  })

  it('hold pages from their origin on and leave out what lies before or beyond', () => {
    const bytes = new Uint8Array(8).fill(0xff)
    writeBits(
      bytes,
      [
        [60, 6],
        [100, 2],
        [127, 10],
      ],
      64,
    )
    expect(runsOfBits(bytes)).toEqual([
      [0, 2],
      [36, 2],
      [63, 1],
    ])
    writeBits(bytes, [[0, 10]], Number(2n ** 64n - 64n))
    expect(runsOfBits(bytes)).toEqual([])
  })

  it('show how much was written over a fill', () => {
    const bytes = new Uint8Array(24).fill(SENTINEL)
    expect(writtenOver(bytes, SENTINEL)).toBe(0)
    bytes.fill(0, 0, 16)
    expect(writtenOver(bytes, SENTINEL)).toBe(16)
    bytes.fill(0xff)
    expect(writtenOver(bytes, SENTINEL)).toBe(24)
  })
})
