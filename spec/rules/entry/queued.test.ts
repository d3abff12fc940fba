import { describe, expect, it } from 'vitest'
import { machineAfter, machineOf, slotOf } from '../../generate/index.js'
import type { Cells } from '../../terms/cells.js'
import type { KernelName } from '../../terms/kernels.js'
import { u64 } from '../../terms/numbers.js'
import type { FetchPathOperation, RegistersCall } from '../../terms/operation.js'
import { waysOf } from '../paths.js'

/** Real mode over a page of code in frame 1, all else being holes. */
const registers: RegistersCall = {
  op: 'registers',
  vcpu: 0,
  cr0: u64(0),
  cr3: u64(0),
  cr4: u64(0),
  efer: u64(0),
  rflags: u64(2),
  cpl: 0,
  cs: { base: u64(0), limit: 0xffff, d: false, l: false },
}
const fetch = (rip: number): FetchPathOperation => ({
  op: 'fetch-instruction',
  vcpu: 0,
  rip: u64(rip),
  length: 2,
})
const HOLE = fetch(0x5000)
const CODE = fetch(0x1000)
const READ: FetchPathOperation = { op: 'read-virtual', vcpu: 0, gva: u64(0x1000), size: 1 }
const translate = (by: 'emulator' | 'hardware'): FetchPathOperation => ({
  op: 'translate',
  vcpu: 0,
  gva: u64(0x1000),
  access: 'read',
  by,
})

const afterwards = (cells: Cells, ...operations: readonly FetchPathOperation[]): Cells =>
  operations.reduce<Cells>((at, operation) => {
    const [way] = waysOf(at, operation)
    return { ...(way?.cells as Cells), returned: null } // every operation has a way
  }, cells)
const start = (kernel: KernelName = '6.12'): Cells =>
  afterwards(
    machineAfter(machineOf([slotOf([1, 1, 1, 0x1000])], { kernel, exitOnEmulationFailure: false }), {
      op: 'create-vcpu',
      vcpu: 0,
    }),
    registers,
  )
const lastRules = (cells: Cells, operation: FetchPathOperation): readonly (string | undefined)[] =>
  waysOf(cells, operation).map(({ rules }) => rules.at(-1)?.id)

describe('an exception that is queued', () => {
  it('comes of a fetch from a hole at CPL 0, on kernels that queue it', () => {
    expect(afterwards(start(), HOLE).vcpus[0]?.queued).toEqual({ vector: '#UD' })
    expect(afterwards(start('pvm'), HOLE).vcpus[0]?.queued).toBeUndefined()
  })

  it('is what the next entry meets, by code, by data and by the processor’s translation, once', () => {
    const queued = afterwards(start(), HOLE)
    for (const operation of [CODE, HOLE, READ, translate('hardware')]) {
      expect(lastRules(queued, operation)).toEqual(['entry.delivers'])
      expect(afterwards(queued, operation).vcpus[0]?.queued).toBeUndefined()
    }
  })

  it('is left by a translation of KVM’s, which enters no guest', () => {
    const queued = afterwards(start(), HOLE)
    expect(lastRules(queued, translate('emulator'))).toEqual(['translate.answer'])
    expect(afterwards(queued, translate('emulator')).vcpus).toEqual(queued.vcpus)
  })

  it('is dropped where registers are loaded, and stays where they are refused', () => {
    const queued = afterwards(start(), HOLE)
    expect(lastRules(afterwards(queued, registers), CODE)).toEqual(['fetch.bytes'])
    const impossible: RegistersCall = { ...registers, cr0: u64(0x8000_0000) }
    expect(lastRules(afterwards(queued, impossible), CODE)).toEqual(['entry.delivers'])
  })

  it('is delivered before an SMI, and in its handler is a triple fault', () => {
    const smi = { op: 'enter-smm', vcpu: 0, smbase: u64(0x3_0000) } as const
    const inSmm = machineAfter(
      afterwards(start(), HOLE),
      {
        op: 'set',
        as: 1,
        id: 1,
        gpa: u64(0x3_f000),
        size: u64(0x1000),
        hva: u64(0x200_0000),
        flags: 0,
      },
      smi,
    )
    expect(inSmm.vcpus[0]?.queued).toBeUndefined()
    const failed = afterwards(inSmm, fetch(0x8000))
    expect(lastRules(failed, fetch(0x8000))).toEqual(['entry.shuts-down'])
    expect(lastRules(afterwards(failed, registers, HOLE), fetch(0x8000))).toEqual(['entry.delivers'])
  })
})
