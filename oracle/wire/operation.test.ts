import { isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { KINDS, machineWith, seeded } from '../../spec/generate/index.js'
import { drawn } from '../generate/history.js'
import { decode, printInputError } from './decode.js'
import { OperationCodec } from './operation.js'

const HERE = { file: 'here', line: 1 }

const decoded = (value: unknown): unknown => {
  const result = decode(OperationCodec, value, HERE)
  return isRight(result) ? result.right : printInputError(result.left)
}

/** What a line of JSON makes of it. */
const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('operations', () => {
  it.each(KINDS)('%s: reads back from JSON as it was written', kind => {
    const r = seeded(kind.length)
    for (let n = 0; n < 300; n++) {
      const operation = drawn(r, machineWith(r), kind)
      expect(decoded(throughJson(OperationCodec.encode(operation)))).toEqual(operation)
    }
  })

  it.each(KINDS)('%s: an unknown field is refused by name, unless it begins x-', kind => {
    const r = seeded(kind.length + 1)
    const wire = OperationCodec.encode(drawn(r, machineWith(r), kind))
    expect(decoded({ ...wire, colour: 'red' })).toBe('here:1: colour: found "red", expected no such field')
    expect(decoded({ ...wire, 'x-colour': ['red'] })).toHaveProperty('x-colour', ['red'])
    const kept = decode(OperationCodec, { ...wire, 'x-colour': ['red'] }, HERE)
    expect(isRight(kept) && OperationCodec.encode(kept.right)).toEqual({ ...wire, 'x-colour': ['red'] })
  })

  it.each(KINDS)('%s: a missing field is reported by name', kind => {
    const r = seeded(kind.length + 2)
    const wire = OperationCodec.encode(drawn(r, machineWith(r), kind))
    const optional = new Set([
      'reserved',
      'result',
      'ioctl',
      'caller',
      'argument',
      'allocation',
      'bitmap',
      'memfd',
    ])
    if (kind === 'clear-dirty') optional.add('generation')
    if (kind === 'kernel-access') for (const name of ['data', 'cached']) optional.add(name)
    if (kind === 'enter-smm') optional.add('smbase')
    for (const field of Object.keys(wire).filter(name => !optional.has(name))) {
      const { [field]: _, ...rest } = wire
      expect(decoded(rest)).toContain(`here:1: ${field}: found nothing, expected`)
    }
  })

  it('take an SMBASE that is a multiple of 4096 below 4 GiB', () => {
    const smi = (smbase: string) => decoded({ op: 'enter-smm', vcpu: 0, smbase })
    expect(smi('0xfffff000')).toEqual({ op: 'enter-smm', vcpu: 0, smbase: 0xffff_f000n })
    for (const wrong of ['0x30800', '0x100000000', '30000'])
      expect(smi(wrong)).toBe(
        `here:1: smbase: found "${wrong}", expected hexadecimal string of a multiple of 0x1000 below 2^32, like "0x30000"`,
      )
  })

  it('are written in one order of keys, whatever order they were read in', () => {
    const wire = { size: '0x1000', op: 'hva-range', hva: '0x0' }
    const operation = decode(OperationCodec, wire, HERE)
    expect(isRight(operation) && JSON.stringify(OperationCodec.encode(operation.right))).toBe(
      '{"op":"hva-range","hva":"0x0","size":"0x1000"}',
    )
  })

  it('have known names: an unknown one is reported with the names there are', () => {
    expect(decoded({ op: 'munmap' })).toMatch(/^here:1: op: found "munmap", expected set \| batch \| /)
    expect(decoded({ op: 'toString' })).toContain('op: found "toString"')
    expect(decoded([])).toBe('here:1: found [], expected operation')
    expect(decoded({})).toContain('op: found nothing')
  })

  it('of a batch report a fault with its entry', () => {
    const entry = { do: 'remove', id: 0, gpa: '0x0', size: '0x0', hva: '0x0', flags: 0 }
    const batch = {
      op: 'batch',
      as: 0,
      flags: 0,
      resultSize: '0x0',
      entries: [entry, { ...entry, do: 'move' }],
    }
    expect(decoded(batch)).toBe('here:1: entries.1.do: found "move", expected "set" or "remove"')
  })
})

describe('an access', () => {
  const WITHIN = 'expected access within one page (offset + size at most 4096, size at least 1)'
  const read = (offset: number, size: number) => ({ op: 'read', vcpu: 0, gfn: 1, offset, size })
  const write = (offset: number, data: string) => ({ op: 'write', vcpu: 0, gfn: 1, offset, data })
  const kernel = (offset: number, size: number, data: string) => ({
    op: 'kernel-access',
    gfn: 1,
    offset,
    size,
    data,
  })
  const poke = (hva: string, data: string) => ({ op: 'poke', hva, data })

  it.each([
    read(0, 4096),
    read(4095, 1),
    write(4094, 'abcd'),
    kernel(4094, 2, 'abcd'),
    poke('0x1ffe', 'abcd'),
  ])('may end at the end of its page: %j', operation => {
    expect(typeof decoded(operation)).toBe('object')
  })

  it.each([
    read(1, 4096),
    read(4095, 2),
    write(4095, 'abcd'),
    kernel(4095, 2, 'abcd'),
    poke('0x1fff', 'abcd'),
  ])('may not go beyond its page: %j', operation => {
    expect(decoded(operation)).toBe(`here:1: found ${JSON.stringify(operation)}, ${WITHIN}`)
  })

  it('has a size of at least 1', () => {
    expect(decoded(read(0, 0))).toContain(WITHIN)
    expect(decoded(write(0, ''))).toContain('data: found "", expected bytes as pairs')
  })

  it('of the hypervisor has as many bytes of data as its size says', () => {
    expect(decoded(kernel(0, 4, 'abcd'))).toBe(
      'here:1: data: found "abcd", expected as many bytes of data as its size says',
    )
  })

  it('of the page walker is an entry of eight bytes', () => {
    expect(decoded({ op: 'walk', vcpu: 0, gfn: 0, offset: 0, size: 4 })).toContain(
      'size: found 4, expected 8',
    )
    expect(decoded({ op: 'ad-update', vcpu: 0, gfn: 0, offset: 0, data: 'abcd' })).toContain(
      'data: found "abcd", expected the 8 bytes of an entry',
    )
  })
})
