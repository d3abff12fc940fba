import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { seeded } from '../../spec/generate/index.js'
import { u64 } from '../../spec/terms/numbers.js'
import { defaultParameters, type Parameters } from '../../spec/terms/parameters.js'
import { historyOf } from '../generate/history.js'
import { ConfigCodec, parametersOf } from './config.js'
import { decode, printInputError } from './decode.js'
import { inOrder, type Program, ProgramCodec, programOf } from './program.js'

const read = (value: unknown): Program | string => {
  const decoded = decode(ProgramCodec, value, { file: 'case.json', line: null })
  return isRight(decoded) ? decoded.right : printInputError(decoded.left)
}

const THREE = historyOf(seeded(3), 9).records.flatMap(record =>
  'operation' in record ? [record.operation] : [],
)
const two: Program = {
  config: { spaces: 1, exact: false },
  threads: [
    { tid: 0, ops: THREE.slice(0, 5) },
    { tid: 7, ops: THREE.slice(5) },
  ],
  schedule: [7, 0, 0, 7],
}

describe('a program', () => {
  it('reads back as it was written, with or without a schedule', () => {
    for (const program of [
      two,
      programOf(THREE),
      programOf([], { profile: 'linux' }),
      { ...two, schedule: 'concurrent' as const },
      { ...two, schedule: [0, { tid: 7, until: 'translated' as const }] },
    ])
      expect(read(JSON.parse(JSON.stringify(ProgramCodec.encode(program))))).toEqual(program)
  })

  it('runs in the order of its schedule, then thread by thread; entries for a thread that is done are skipped', () => {
    const [a, b, c, d, e] = THREE as [never, never, never, never, never]
    const program = (schedule?: readonly number[]): Program => ({
      config: {},
      threads: [
        { tid: 1, ops: [a, b] },
        { tid: 2, ops: [c, d, e] },
      ],
      ...(schedule === undefined ? {} : { schedule }),
    })
    const order = (schedule?: readonly number[]) =>
      inOrder(program(schedule)).map(({ operation }) => operation)
    expect(order()).toEqual([a, b, c, d, e])
    expect(order([2, 1, 2])).toEqual([c, a, d, b, e])
    expect(order([2, 2, 2, 2, 9, 1])).toEqual([c, d, e, a, b])
    expect(inOrder(program([2])).map(({ tid }) => tid)).toEqual([2, 1, 1, 2, 2])
  })

  it('reports a fault with the thread and operation', () => {
    const threads = [
      {
        tid: 0,
        ops: [
          { op: 'rsm', vcpu: 0 },
          { op: 'rsm', vcpu: -1 },
        ],
      },
    ]
    expect(read({ config: {}, threads })).toBe(
      'case.json: threads.0.ops.1.vcpu: found -1, expected vCPU number of 0 to 1023',
    )
    const poke = [{ tid: 0, ops: [{ op: 'poke', hva: '0xfff', data: 'abcd' }] }]
    expect(read({ config: {}, threads: poke })).toBe(
      'case.json: threads.0.ops.0: found {"op":"poke","hva":"0xfff","data":"abcd"}, expected access within one page (offset + size at most 4096, size at least 1)',
    )
  })
})

describe('a config', () => {
  it('leaves what it does not name at its default', () => {
    expect(parametersOf({})).toEqual(defaultParameters)
    expect(parametersOf({ spaces: 5, errors: 'loose' })).toEqual({
      ...defaultParameters,
      spaces: 5,
      errors: 'loose',
    })
  })
  it('may name every parameter there is', () => {
    const all: Required<Parameters> = { ...defaultParameters, kernel: '6.12', vendor: 'amd' }
    const written = ConfigCodec.encode(all)
    expect(Object.keys(written).toSorted()).toEqual(Object.keys(all).toSorted())
    expect(ConfigCodec.decode(JSON.parse(JSON.stringify(written)))).toMatchObject({
      right: all,
    })
  })
  it('that names a kernel nobody asked is refused with the list of those that were', () => {
    expect(decode(ConfigCodec, { kernel: '6.6' }, { file: '-', line: 1 })).toMatchObject({
      left: { path: 'kernel', found: '"6.6"', expected: '"6.1" or "6.12" or "7.3" or "pvm"' },
    })
  })

  const refusal = (config: object): unknown => {
    const decoded = decode(ConfigCodec, config, { file: 'a.ndjson', line: 1 })
    return isLeft(decoded) ? printInputError(decoded.left) : null
  }

  it('of the kernel pvm has shadow paging, and is refused with a second stage, whoever asks for it', () => {
    expect(parametersOf({ kernel: 'pvm' }).secondStage).toBe('shadow')
    expect(parametersOf({ kernel: '7.3' }).secondStage).toBe('tdp')
    for (const fine of [
      { secondStage: 'shadow' },
      { arch: 'x86-shadow' },
      { arch: 'x86-tdp', secondStage: 'shadow' },
    ])
      expect(refusal({ kernel: 'pvm', ...fine })).toBeNull()
    expect(refusal({ kernel: 'pvm', secondStage: 'tdp' })).toBe(
      'a.ndjson:1: secondStage: found "tdp", expected "shadow", since kernel "pvm" has no second stage',
    )
    for (const arch of ['x86-tdp', 'arm64'] as const) {
      expect(refusal({ kernel: 'pvm', arch })).toBe(
        `a.ndjson:1: arch: found "${arch}", expected "x86-shadow", since kernel "pvm" has no second stage`,
      )
      expect(() => parametersOf({ kernel: 'pvm', arch })).toThrow(RangeError)
    }
  })

  it('leaves room for the memory of the slots that KVM makes for itself, or is refused', () => {
    const last = (pages: number) => ({ hvaLimit: `0x${(4096 * pages).toString(16)}` })
    for (const [which, pages] of [
      ['tss', 3],
      ['apic-page', 4],
      ['identity-map', 5],
    ] as const) {
      expect(refusal({ ownSlots: [which], ...last(pages) })).toBeNull()
      expect(refusal({ ownSlots: [which], ...last(pages - 1) })).toBe(
        `a.ndjson:1: hvaLimit: found "0x${pages - 1}000", expected at least 0x${pages}000, since KVM's memory for ownSlots ["${which}"] ends there`,
      )
    }
    expect(refusal(last(0))).toBeNull()
    expect(() => parametersOf({ ownSlots: ['tss'], hvaLimit: u64(0) })).toThrow('hvaLimit: found "0x0"')
  })
})
