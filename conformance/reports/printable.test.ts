import { describe, expect, it } from 'vitest'
import { printable, printableInColour } from './printable.js'
import { inkOf } from './terminal/ink.js'

describe('text that is printed', () => {
  it('keeps tabs, line breaks and letters of every script', () => {
    expect(printable('a\tb\n→ é 漢')).toBe('a\tb\n→ é 漢')
  })

  it('has U+FFFD for every other control character', () => {
    expect(printable('a\u0000b\u001b]0;title\u0007\r\u009bc')).toBe(
      'a\ufffdb\ufffd]0;title\ufffd\ufffd\ufffdc',
    )
  })

  it('keeps the colours of a terminal, and no other sequence', () => {
    const red = inkOf(true).bad('deviates')
    expect(printableInColour(red)).toBe(red)
    expect(printableInColour('\u001b[2J\u001b[1;1Hgone')).toBe('\ufffd[2J\ufffd[1;1Hgone')
  })
})
