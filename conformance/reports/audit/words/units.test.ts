import { describe, expect, it } from 'vitest'
import { bytes, grouped, ms, percent, range, threadIds, threads } from './units.js'

describe('quantities', () => {
  it('are per cent without rounding up: only all is 100 %', () => {
    expect(percent(99_999, 100_000)).toBe('99.99 %')
    expect(percent(3, 3)).toBe('100.00 %')
    expect(percent(0, 0)).toBe('-')
  })
  it('are milliseconds, or unknown', () => {
    expect([ms(0.006826), ms(0), ms(null)]).toEqual(['6.826 ms', '0.000 ms', 'unknown'])
  })
  it('are sizes in the largest unit that fits', () => {
    expect([4096n, 98304n, 0x1ff00000n, 1n << 63n, 1023n].map(bytes)).toEqual([
      '4 KiB',
      '96 KiB',
      '511 MiB',
      '8 EiB',
      '1023 B',
    ])
  })
  it('are ranges by first and last byte', () => {
    expect(range({ gpa: '0xc0000', size: '0x18000' })).toBe('0xc0000-0xd7fff')
  })
  it('are numbers in groups of three', () => {
    expect(grouped(1234567).replaceAll('\u00a0', ' ')).toBe('1 234 567')
  })
  it('are threads, by name as long as they are few', () => {
    expect([threads([7]), threads([7, 8]), threads([]), threads(null)]).toEqual([
      'thread 7',
      'threads 7 and 8',
      'no other vCPU thread',
      'unknown',
    ])
    expect(threads([1, 2, 3, 4, 5, 6, 7])).toBe('7 threads (1, 2, 3 …)')
    expect([threadIds([1, 2, 3]), threadIds([1, 2, 3, 4])]).toEqual(['1 2 3', '1 2 +2'])
  })
})
