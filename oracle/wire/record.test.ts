import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { seeded } from '../../spec/generate/index.js'
import { historyOf, SMALL } from '../generate/history.js'
import { headerOf, writeRecord } from '../trace.js'
import { decodeJson, printInputError } from './decode.js'
import { type TraceRecord, TraceRecordCodec } from './record.js'

const read = (text: string): TraceRecord | string => {
  const decoded = decodeJson(TraceRecordCodec, text, { file: 'here', line: 3 })
  return isRight(decoded) ? decoded.right : printInputError(decoded.left)
}

const HEADER = headerOf({
  profile: 'linux',
  config: { spaces: 3, hvaLimit: 0x7ffffffff000n as never, exact: false, internalIds: [9] },
  target: { name: 'a', version: '1', features: ['batch'] },
})

const BESIDES: readonly TraceRecord[] = [
  HEADER,
  { ev: 'access-wait', of: 1 },
  { ev: 'choice', what: 'rule', of: 1, tid: 2, value: 'set.create' },
  { ev: 'choice', what: 'map', value: { generation: 4 } },
  { ev: 'note', text: 'ä note', src: 'main.c:7' },
  { ev: 'end' },
]

describe('the records of a trace', () => {
  it('read back as they were written, for random histories', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const r = seeded(seed)
      const { records } = historyOf(r, 30, { ...SMALL, exact: seed % 2 === 0 }, 1 + (seed % 3))
      for (const record of records) {
        const line = writeRecord(record)
        const back = read(line)
        expect(back).toEqual(record)
        expect(writeRecord(back as TraceRecord)).toBe(line)
      }
    }
  })

  it.each(BESIDES.map(record => [record.ev, record] as const))(
    'of %s read as what they were',
    (_, record) => {
      expect(read(writeRecord(record))).toEqual(record)
    },
  )

  it('are written with ev first, then their own fields, then those of the operation', () => {
    const line = '{"vcpu":0,"op":"rsm","src":"x.c:1","tid":2,"n":1,"ev":"call"}'
    expect(writeRecord(read(line) as TraceRecord)).toBe(
      '{"ev":"call","n":1,"tid":2,"src":"x.c:1","op":"rsm","vcpu":0}',
    )
  })

  it('keep fields that begin x-', () => {
    for (const line of [
      '{"ev":"header","format":"kvm-memslot-trace","version":1,"x-host":"a"}',
      '{"ev":"call","n":1,"tid":0,"op":"rsm","vcpu":0,"x-ns":12}',
      '{"ev":"return","of":1,"errno":"EINVAL","x-ns":[1,2]}',
      '{"ev":"return","of":1,"x-ns":{"a":null}}',
      '{"ev":"access-end","of":1,"end":"mmio","x-ns":1}',
      '{"ev":"note","text":"","x-":0}',
      '{"ev":"end","x-last":true}',
    ])
      expect(writeRecord(read(line) as TraceRecord)).toBe(line)
  })
})

describe('a record is refused, with file, line, path, what was found and what was expected,', () => {
  it.each([
    ['of an unknown kind', '{"ev":"call2"}', /^here:3: ev: found "call2", expected header \| call \| /],
    ['without a kind', '{}', /^here:3: ev: found nothing, expected header/],
    ['that is a list', '[1]', /^here:3: found \[1\], expected trace record$/],
    ['that is null', 'null', /^here:3: found null, expected trace record$/],
    ['that is no JSON', '{"ev":', /^here:3:7: found the end, expected JSON: a value$/],
    ['with a field it has not', '{"ev":"end","at":1}', /^here:3: at: found 1, expected no such field$/],
    [
      'of a call with a field its operation has not',
      '{"ev":"call","n":1,"tid":0,"op":"rsm","vcpu":0,"as":1}',
      /^here:3: as: found 1, expected no such field$/,
    ],
    [
      'without its number',
      '{"ev":"call","tid":0,"op":"rsm","vcpu":0}',
      /^here:3: n: found nothing, expected number of a record of 0 to/,
    ],
    [
      'of another version',
      '{"ev":"header","format":"kvm-memslot-trace","version":2,"news":1}',
      /^here:3: version: found 2, expected 1$/,
    ],
    [
      'of another format',
      '{"ev":"header","format":"qemu-trace","version":2}',
      /^here:3: format: found "qemu-trace", expected "kvm-memslot-trace"$/,
    ],
    [
      'of a call that is an access',
      '{"ev":"call","n":1,"tid":0,"op":"read","vcpu":0,"gfn":0,"offset":0,"size":1}',
      /^here:3: op: found "read", expected an operation that is no access$/,
    ],
    [
      'of an access that is a call with 64-bit fields',
      '{"ev":"access","n":1,"tid":0,"op":"hva-range","hva":"0x0","size":"0x1"}',
      /^here:3: op: found "hva-range", expected an operation that is an access$/,
    ],
    [
      'of a return that ends an access',
      '{"ev":"return","of":1,"end":"data"}',
      /^here:3: end: found "data", expected no such field$/,
    ],
    [
      'of an access that ends no way',
      '{"ev":"access-end","of":1,"errno":"EFAULT"}',
      /^here:3: end: found nothing, expected "data" or "mmio"/,
    ],
    [
      'of an error without a name',
      '{"ev":"return","of":1,"errno":-22}',
      /^here:3: errno: found -22, expected name of an error, like "EINVAL"$/,
    ],
    [
      'with a wrong record of retired bits',
      '{"ev":"return","of":1,"retired":[{"id":0,"base":0,"npages":1}]}',
      /^here:3: retired.0.count: found nothing, expected whole number/,
    ],
    [
      'with a config that no VM has',
      '{"ev":"header","format":"kvm-memslot-trace","version":1,"config":{"spaces":0}}',
      /^here:3: config.spaces: found 0, expected number of address spaces of 1 to 64$/,
    ],
    [
      'with a parameter there is not',
      '{"ev":"header","format":"kvm-memslot-trace","version":1,"config":{"slots":4}}',
      /^here:3: config.slots: found 4, expected no such field$/,
    ],
  ])('%s', (_, line, error) => {
    expect(read(line)).toMatch(error)
  })

  it('with what was found cut at 80 characters', () => {
    const error = read(`{"ev":"note","text":[${'"abcdefgh",'.repeat(40)}0]}`) as string
    expect(error).toMatch(/^here:3: text: found .{77}…, expected string$/)
  })
})
