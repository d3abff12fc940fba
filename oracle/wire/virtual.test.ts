import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { defaultCpu } from '../../spec/terms/paging/registers.js'
import { decode, printInputError } from './decode.js'
import { OperationCodec } from './operation.js'

const origin = { file: 'x', line: 1 }
const registers = {
  op: 'registers',
  vcpu: 0,
  cr0: '0x80000001',
  cr3: '0x1000',
  cr4: '0x20',
  efer: '0xd00',
  rflags: '0x2',
  cpl: 0,
  cs: { base: '0x0', limit: 0xffff_ffff, d: false, l: true },
}
const fetch = { op: 'fetch-instruction', vcpu: 0, rip: '0x1000', length: 3 }
const set = { op: 'set', as: 0, id: 1, gpa: '0x0', size: '0x0', hva: '0x0', flags: 0 }

const wellFormed: readonly object[] = [
  registers,
  {
    ...registers,
    cpu: { maxPhyAddr: 52, gigabytePages: false, amd: true },
    pdptes: ['0x1', '0x0', '0x0', '0x0'],
  },
  fetch,
  { ...fetch, by: 'hardware' },
  { ...fetch, between: { after: 2, operation: set } },
  { op: 'translate', vcpu: 0, gva: '0xffffffff80000000', access: 'fetch' },
  { op: 'read-virtual', vcpu: 0, gva: '0xffe', size: 8 },
  { op: 'write-virtual', vcpu: 0, gva: '0xffe', data: 'c0ffee' },
]

const complaint = (value: unknown): string => {
  const decoded = decode(OperationCodec, value, origin)
  return isLeft(decoded) ? printInputError(decoded.left) : 'accepted'
}

describe('an operation by registers or linear address', () => {
  it.each(wellFormed)('reads back as it was written: %j', value => {
    const decoded = decode(OperationCodec, value, origin)
    if (isLeft(decoded)) throw new Error(printInputError(decoded.left))
    expect(OperationCodec.encode(decoded.right)).toEqual(value)
  })

  it.each([
    [{ ...fetch, length: 16 }, 'length: found 16, expected bytes of an instruction of 1 to 15'],
    [{ ...fetch, length: 0 }, 'length: found 0, expected bytes of an instruction of 1 to 15'],
    [{ ...fetch, rip: 4096 }, 'rip: found 4096, expected hexadecimal string'],
    [{ ...registers, cpl: 4 }, 'cpl: found 4, expected privilege level of 0 to 3'],
    [{ ...registers, pdptes: ['0x1'] }, 'pdptes: found ["0x1"], expected four hexadecimal strings'],
    [{ ...registers, cs: { base: '0x0', limit: 1 } }, 'cs.d: found nothing, expected boolean'],
    [
      { ...registers, cpu: { maxPhyAddr: 53, gigabytePages: true, amd: false } },
      'cpu.maxPhyAddr: found 53, expected bits of a physical address of 32 to 52',
    ],
    [
      { ...fetch, between: { after: 1, operation: { op: 'rsm', vcpu: 0 } } },
      'between.operation.op: found "rsm", expected set | batch',
    ],
    [{ op: 'write-virtual', vcpu: 0, gva: '0x0', data: '00'.repeat(17) }, 'data: found'],
  ])('is refused where it is malformed: %j', (value, expected) => {
    expect(complaint(value)).toContain(expected)
  })
})

describe('a processor of which a field is left out', () => {
  it('has the default there', () => {
    for (const [cpu, filled] of [
      [{}, defaultCpu],
      [{ amd: true }, { ...defaultCpu, amd: true }],
      [{ maxPhyAddr: 36 }, { ...defaultCpu, maxPhyAddr: 36 }],
    ])
      expect(OperationCodec.decode({ ...registers, cpu })).toMatchObject({ right: { cpu: filled } })
  })
})
