import { describe, expect, it } from 'vitest'
import { memslot } from './captured.js'

const HEADER =
  '{"ev":"header","format":"kvm-memslot-trace","version":1,"profile":"linux","config":{"spaces":1}}\n'
const CALL =
  '{"ev":"call","n":1,"tid":0,"op":"set","as":0,"id":0,"gpa":"0x0","size":"0x1000","hva":"0x0","flags":0}\n'
const RETURN = '{"ev":"return","of":1}\n'
const END = '{"ev":"end"}\n'
const RUN = `${CALL}${RETURN}${END}`

/** A trace whose call has a field written otherwise. */
const withField = (name: string, written: string): string =>
  `${HEADER}${CALL.replace(new RegExp(`"${name}":("[^"]*"|\\d+)`), written)}${RETURN}${END}`
const n = (written: string): string => withField('n', `"n":${written}`)
const note = (text: string): string => `${HEADER}{"ev":"note","text":${text}}\n${RUN}`

describe('a configuration that no kernel has', () => {
  const config = (fields: string): string => HEADER.replace('"spaces":1', fields)

  it.each<readonly [string, string]>([
    ['"kernel":"pvm","secondStage":"tdp"', 'config.secondStage: found "tdp", expected "shadow"'],
    ['"kernel":"pvm","arch":"x86-tdp"', 'config.arch: found "x86-tdp", expected "x86-shadow"'],
    ['"ownSlots":["tss"],"hvaLimit":"0x2000"', 'config.hvaLimit: found "0x2000", expected at least 0x3000'],
  ])('is refused with its line: %s', async (fields, says) => {
    for (const verb of ['check', 'replay']) {
      const { status, err } = await memslot([verb, '-'], `${config(fields)}${RUN}`)
      expect(status).toBe(2)
      expect(err).toContain(`:1: ${says}`)
    }
  })

  it('is refused of the image of a walk as well', async () => {
    const { status, err } = await memslot(
      ['walk', '-', '--rip', '0x0'],
      '{"config":{"kernel":"pvm","secondStage":"tdp"},"slots":[],"memory":[]}',
    )
    expect([status, err.includes('config.secondStage: found "tdp", expected "shadow"')]).toEqual([2, true])
  })
})

describe('a trace that is JSON in an odd form', () => {
  it.each<readonly [string, string]>([
    ['-0', n('1').replace('"tid":0', '"tid":-0')],
    ['1.0', n('1.0')],
    ['1e0', n('1e0')],
    ['an escaped lone surrogate', note('"\\ud800"')],
    ['an escaped NUL', note('"\\u0000"')],
    ['U+2028', note('"\u2028"')],
    ['lines that end in CR LF', `${HEADER}${RUN}`.replaceAll('\n', '\r\n')],
    ['a text of a million characters', note(`"${'a'.repeat(1_000_000)}"`)],
    ['empty lines', `${HEADER}\n  \n${RUN}`],
  ])('is read: %s', async (_, trace) => {
    expect(await memslot(['check', '-'], trace)).toMatchObject({ status: 0, err: '' })
  })

  it.each<readonly [string, string, string]>([
    ['a byte order mark', `\ufeff${HEADER}${RUN}`, ':1:1: found "\ufeff'],
    ['a number beyond all', n('1e400'), ':2: n: found null, expected number of a record'],
    ['2^53 + 1', n('9007199254740993'), ':2: n: found 9007199254740992, expected number of a record'],
    ['1e300', n('1e300'), ':2: n: found 1e+300'],
    ['-1', n('-1'), ':2: n: found -1'],
    ['1.5', n('1.5'), ':2: n: found 1.5'],
    ['true', n('true'), ':2: n: found true'],
    ['a leading zero', n('01'), ':2:19: found "1,'],
    ['a plus sign', n('+1'), ':2:18: found "+1'],
    ['NaN', n('NaN'), ':2:18: found "NaN'],
    ['a key twice', n('1,"n":1'), ':2:20: found the key "n" again'],
    ['a key twice, once escaped', n('1,"\\u006e":1'), ':2:20: found the key "\\u006e" again'],
    [
      '__proto__',
      n('1,"__proto__":{"op":"set"}'),
      ':2: __proto__: found {"op":"set"}, expected no such field',
    ],
    ['constructor', n('1,"constructor":1'), ':2: constructor: found 1, expected no such field'],
    ['a hundred thousand brackets', note('['.repeat(100_000)), ':2:84: found 65 levels of brackets'],
    ['a hundred thousand braces', note('{"a":'.repeat(100_000)), 'found 65 levels of brackets'],
    ['a raw NUL', note('"\u0000"'), ':2:21: found'],
    ['a raw tab', note('"\t"'), ':2:21: found'],
    ['a trailing comma', withField('flags', '"flags":0,'), 'expected JSON: a key in quotes'],
    ['two records in a line', `${HEADER}${CALL.trim()}${RETURN}`, 'expected JSON: nothing after the value'],
    ['a comment', `${HEADER}// a\n${RUN}`, ':2:1: found "// a"'],
    ['single quotes', `${HEADER}${CALL.replaceAll('"', "'")}`, ':2:2: found "'],
    [
      'lines that end in CR',
      `${HEADER}${RUN}`.replaceAll('\n', '\r'),
      'expected JSON: nothing after the value',
    ],
    ['nothing', '', ':1:1: found the end'],
    ['null', 'null\n', ':1: found null, expected trace record'],
    ['an array', '[]\n', ':1: found [], expected trace record'],
    ['two headers', `${HEADER}${HEADER}`, ':2: found {"ev":"header"'],
    ['no header', RUN, ':1: found a call, expected the header'],
    ['another version', HEADER.replace('"version":1', '"version":2'), ':1: version: found 2, expected 1'],
    ['the version as a text', HEADER.replace('"version":1', '"version":"1"'), ':1: version: found "1"'],
    ['too many spaces', HEADER.replace('"spaces":1', '"spaces":1000000000'), ':1: config.spaces: found'],
    ['an address of 65 bits', withField('gpa', `"gpa":"0x1${'0'.repeat(16)}"`), ':2: gpa: found "0x1000'],
    ['an address that is a number', withField('gpa', '"gpa":0'), ':2: gpa: found 0'],
    ['an operation of every object', withField('op', '"op":"constructor"'), ':2: op: found "constructor"'],
    [
      'an error’s name with an escape',
      `${HEADER}${CALL}{"ev":"return","of":1,"errno":"E\\u001b[31m"}\n`,
      ':3: errno: found "E\\u001b[31m"',
    ],
  ])('is refused with its place: %s', async (_, trace, says) => {
    const { status, out, err } = await memslot(['check', '-'], trace)
    expect([status, out, err]).toEqual([
      2,
      '',
      expect.stringContaining(`memslot: standard input${says.startsWith(':') ? says : ''}`),
    ])
    expect(err).toContain(says)
  })
})

describe('what is asked for by a name of every object', () => {
  it.each([
    ['explain', '__proto__'],
    ['explain', 'constructor'],
    ['rules', '--family', '__proto__'],
    ['designs', '--design', '__proto__'],
    ['designs', '--fault', 'toString'],
    ['bench', '__proto__'],
    ['cases', 'freeze', '--check', '--only', '__proto__'],
    ['serve', '__proto__'],
    ['stress', '--fault', '__proto__'],
    ['conform', '--smoke', '--target', '__proto__'],
  ])('is not known: %s %s %s', async (...argv) => {
    const { status, out, err } = await memslot(argv.filter(word => word !== undefined))
    expect([status, out]).toEqual([2, ''])
    expect(err).toMatch(/__proto__|constructor|toString/)
  })
})
