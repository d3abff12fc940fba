import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { seeded } from '../spec/generate/index.js'
import { historyOf, SMALL } from './generate/history.js'
import { headerOf, readTrace, writeRecord } from './trace.js'
import { printInputError } from './wire/decode.js'

const HEADER = '{"ev":"header","format":"kvm-memslot-trace","version":1}'
const CALL = '{"ev":"call","n":1,"tid":0,"op":"create-vcpu","vcpu":0}'
const ACCESS = '{"ev":"access","n":2,"tid":0,"op":"read","vcpu":0,"gfn":0,"offset":0,"size":1}'
const RETURN = '{"ev":"return","of":1}'
const ACCESS_END = '{"ev":"access-end","of":2,"end":"mmio"}'
const CHOICE = '{"ev":"choice","what":"rule","of":1,"value":"set.create"}'
const OF_NONE = (n: string) => `a number that no record in progress has (${n} has begun)`
const A_CALL = 'the number of a call in progress'
const AN_ACCESS = 'the number of an access in progress'
const END = '{"ev":"end"}'

/** The fault of a trace of a header and these lines; null where there is none. */
const faultOf = (...lines: readonly string[]): string | null => {
  const read = readTrace([HEADER, ...lines].join('\n'), 'a.ndjson')
  return isLeft(read) ? printInputError(read.left) : null
}

describe('a trace', () => {
  it('is read as the records that were written, each with its line', () => {
    const { records } = historyOf(seeded(8), 60, SMALL, 3)
    const header = headerOf({ config: SMALL })
    const read = readTrace([header, ...records].map(writeRecord).join('\n'), 'a.ndjson')
    expect(isRight(read) && read.right.header).toEqual(header)
    expect(isRight(read) && read.right.lines.map(({ record }) => record)).toEqual(records)
    expect(isRight(read) && read.right.lines.map(({ line }) => line)).toEqual(records.map((_, i) => i + 2))
  })

  it('may have empty lines and CRLF line ends, which are counted as lines', () => {
    const read = readTrace([HEADER, '', CALL, '  ', '{"ev":"return","of":1}', ''].join('\r\n'), 'a')
    expect(isRight(read) && read.right.lines.map(({ line }) => line)).toEqual([3, 5])
  })

  it('may use a number again once its operation has ended', () => {
    expect(faultOf(CALL, '{"ev":"return","of":1}', CALL, '{"ev":"return","of":1}', END)).toBeNull()
  })

  it('may stop between any two records', () => {
    expect([faultOf(), faultOf(CALL), faultOf(CALL, ACCESS, '{"ev":"access-wait","of":2}')]).toEqual([
      null,
      null,
      null,
    ])
  })
})

describe('a trace is refused', () => {
  it.each([
    ['without a header', '', 'a:1:1: found the end, expected JSON: a value'],
    [
      'that begins with something else',
      END,
      'a:1: found an end, expected the header of a kvm-memslot-trace, version 1',
    ],
    [
      'of another version, before anything after it is read',
      '{"ev":"header","format":"kvm-memslot-trace","version":9}\nrubbish',
      'a:1: version: found 9, expected 1',
    ],
    [
      'of another format',
      '{"ev":"header","format":"itf","version":1}',
      'a:1: format: found "itf", expected "kvm-memslot-trace"',
    ],
  ])('%s', (_, text, error) => {
    const read = readTrace(text, 'a')
    expect(isLeft(read) && printInputError(read.left)).toBe(error)
  })

  it.each([
    ['with a second header', [CALL, HEADER], 'one header, on the first line'],
    ['with a record after its end', [END, '{"ev":"note","text":""}'], 'nothing after the end'],
    ['with two ends', [END, END], 'nothing after the end'],
    ['with the number of a call in progress', [CALL, CALL], OF_NONE('1')],
    ['with the number of an access in progress', [ACCESS, CALL.replace('"n":1', '"n":2')], OF_NONE('2')],
    ['with a return of no call', [CALL, '{"ev":"return","of":2}'], A_CALL],
    ['with a second return', [CALL, RETURN, RETURN], A_CALL],
    ['with a return of an access', [ACCESS, '{"ev":"return","of":2}'], A_CALL],
    ['with an access-end of a call', [CALL, '{"ev":"access-end","of":1,"end":"data"}'], AN_ACCESS],
    ['with a wait of no access', [CALL, '{"ev":"access-wait","of":3}'], AN_ACCESS],
    ['with a wait of a call', [CALL, '{"ev":"access-wait","of":1}'], AN_ACCESS],
    ['with a wait after the access', [ACCESS, ACCESS_END, '{"ev":"access-wait","of":2}'], AN_ACCESS],
    [
      'with a rule chosen for nothing in progress',
      [CALL, RETURN, CHOICE],
      'the number of an operation in progress',
    ],
    ['with a rule chosen without a name', [CALL, CHOICE.replace('"set.create"', '7')], 'the name of a rule'],
  ])('%s', (_, lines, expected) => {
    const last = lines.at(-1) ?? ''
    expect(faultOf(...lines)).toBe(
      `a.ndjson:${lines.length + 1}: found ${last.slice(0, 80)}, expected ${expected}`,
    )
  })

  it('that ends in the middle of a line', () => {
    expect(faultOf(CALL, '{"ev":"ret')).toBe('a.ndjson:3:7: found "\\"ret", expected JSON: a value')
  })

  it('with its first fault only', () => {
    const read = readTrace([HEADER, CALL, '{}', 'rubbish'].join('\n'), 'a')
    expect(isLeft(read) && read.left).toMatchObject({ file: 'a', line: 3, path: 'ev', found: 'nothing' })
  })
})
