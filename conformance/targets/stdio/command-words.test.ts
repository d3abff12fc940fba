import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { commandWords, sayCommandFault } from './command-words.js'

describe('a command', () => {
  it('is cut at white space', () => {
    expect(commandWords('  ./model   --fast\t-v ')).toEqual(right(['./model', '--fast', '-v']))
  })

  it('keeps white space within quotes, and joins what touches them', () => {
    expect(commandWords(`sh -c "a 'b' c" --x='1 2'`)).toEqual(right(['sh', '-c', "a 'b' c", '--x=1 2']))
  })

  it('may have an empty argument', () => {
    expect(commandWords("model ''")).toEqual(right(['model', '']))
  })

  it('means nothing by a backslash, a dollar or a star', () => {
    expect(commandWords('model \\n $HOME *')).toEqual(right(['model', '\\n', '$HOME', '*']))
  })

  it('must be there', () => {
    expect(commandWords('  ')).toEqual(left({ kind: 'empty' }))
    expect(sayCommandFault({ kind: 'empty' })).toContain('no command')
  })

  it('must close its quotes', () => {
    expect(commandWords(`model "a b`)).toEqual(left({ kind: 'unclosed-quote', quote: '"', at: 6 }))
    expect(sayCommandFault({ kind: 'unclosed-quote', quote: '"', at: 6 })).toContain('column 7')
  })
})
