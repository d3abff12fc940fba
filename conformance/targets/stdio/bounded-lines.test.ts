import { describe, expect, it } from 'vitest'
import { boundedLines, lastLines } from './bounded-lines.js'

describe('lines with a bound', () => {
  it('are put together from pieces of any size', () => {
    const lines = boundedLines(10)
    expect(lines.push('ab').lines).toEqual([])
    expect(lines.push('c\nd\r\n\nef').lines).toEqual(['abc', 'd', ''])
    expect(lines.rest()).toBe('ef')
    expect(lines.push('\n').lines).toEqual(['ef'])
    expect(lines.rest()).toBe('')
  })

  it('may be as long as the bound, and no longer', () => {
    expect(boundedLines(3).push('abc\n')).toEqual({ lines: ['abc'], endless: false })
    expect(boundedLines(3).push('abcd\n')).toEqual({ lines: [], endless: true })
    expect(boundedLines(3).push('abcd')).toEqual({ lines: [], endless: true })
  })

  it('that were complete before an endless one are not lost', () => {
    expect(boundedLines(3).push('ab\nabcdef')).toEqual({ lines: ['ab'], endless: true })
  })
})

describe('the last lines of a text', () => {
  it('are kept, the unfinished one among them, and the others forgotten', () => {
    const last = lastLines(2, 5)
    last.push('one\ntwo\nthr')
    expect(last.lines()).toEqual(['two', 'thr'])
    last.push('ee\nfour and more\n')
    expect(last.lines()).toEqual(['three', 'four '])
  })
})
