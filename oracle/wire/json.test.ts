import { isLeft, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { below, seeded } from '../../spec/generate/random.js'
import { MAX_DEPTH, parseJson } from './json.js'

const faultOf = (text: string): string => {
  const parsed = parseJson(text)
  if (!isLeft(parsed)) return 'none'
  const { at, found, expected } = parsed.left
  return `${at}: found ${found}, expected ${expected}`
}
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

describe('a text of JSON', () => {
  it.each([
    ['{"a":[1,-2.5e3,{"b":null}],"c:d\\"{":"\\u00e9}]"}'],
    [' [ ] '],
    ['"a:b"'],
    ['{"__proto__":1,"constructor":{"a":1},"b":{"a":1}}'],
    [nested(MAX_DEPTH)],
  ])('that is sound is parsed: %s', text => {
    expect(parseJson(text)).toEqual(right(JSON.parse(text)))
  })

  it.each([
    ['', '0: found the end, expected JSON: a value'],
    ['{"a":1,"b":2,"a":3}', '13: found the key "a" again, expected each key once'],
    ['[{"a":1},{"x":{"a":1,"\\u0061":2}}]', '21: found the key "\\u0061" again, expected each key once'],
    ['{"__proto__":1,"__proto__":2}', '15: found the key "__proto__" again, expected each key once'],
    ['{"a" 1}', '5: found "1}", expected JSON: a colon'],
    ['{"a":1,}', '7: found "}", expected JSON: a key in quotes'],
    ['{"a":1 "b"', '7: found "\\"b\\"", expected JSON: a comma, or }'],
    ['[1,]', '3: found "]", expected JSON: a value'],
    ['[1 2]', '3: found "2]", expected JSON: a comma, or ]'],
    ['[01]', '2: found "1]", expected JSON: a comma, or ]'],
    ['["a\nb"]', '1: found "\\"a\\nb\\"]", expected JSON: a value, or ]'],
    ['"\\x"', '0: found "\\"\\\\x\\"", expected JSON: a value'],
    ['"abc', '0: found "\\"abc", expected JSON: a value'],
    ['1 1', '2: found "1", expected JSON: nothing after the value'],
    ['\u00a01', '0: found "\u00a01", expected JSON: a value'],
    ['}', '0: found "}", expected JSON: a value'],
  ])('that is not is refused at its place: %s', (text, fault) => {
    expect(faultOf(text)).toBe(fault)
  })

  it('may be nested as deep as the bound, and no deeper', () => {
    expect(faultOf(nested(MAX_DEPTH + 1))).toBe('64: found 65 levels of brackets, expected at most 64')
    expect(faultOf('{"a":'.repeat(3000))).toBe('320: found 65 levels of brackets, expected at most 64')
    expect(faultOf('['.repeat(1_000_000))).toContain('65 levels')
  })

  it('of eight million characters in one string is parsed, and refused where it is unfinished', () => {
    const long = 'x'.repeat(8_000_000)
    expect(faultOf(`"${long}"`)).toBe('none')
    expect(faultOf(`"${long}`)).toContain('expected JSON')
  })

  it('with a character changed has a fault exactly where JSON.parse has one, or a key is there twice', () => {
    const text = '{"ev":"call","n":1,"tid":0,"op":"set","list":[[0,2],[3,"a\\n"]],"more":null}'
    const r = seeded(7)
    const letters = '{}[]",:\\ 0a-\n\u0000'
    for (let i = 0; i < 4000; i++) {
      const at = below(r, text.length)
      const changed =
        text.slice(0, at) + letters.charAt(below(r, letters.length)) + text.slice(at + below(r, 3))
      let sound = true
      try {
        JSON.parse(changed)
      } catch {
        sound = false
      }
      expect([changed, faultOf(changed)]).toEqual([
        changed,
        sound ? expect.stringMatching(/^none$|again/) : expect.stringContaining('expected JSON'),
      ])
    }
  })
})
