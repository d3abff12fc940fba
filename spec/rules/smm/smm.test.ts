import { describe, expect, it } from 'vitest'
import { machineAfter, machineOf, slotOf, take } from '../../generate/index.js'
import type { Cells } from '../../terms/cells.js'
import { load, store } from '../../terms/memory.js'
import { hvaPage, u64 } from '../../terms/numbers.js'
import type { Operation, RegistersCall } from '../../terms/operation.js'
import { waysOf } from '../paths.js'

const SMBASE = 0x30000
const HOST = 0x900
const smi: Operation = { op: 'enter-smm', vcpu: 0, smbase: u64(SMBASE) }
const rsm: Operation = { op: 'rsm', vcpu: 0 }
const registers: RegistersCall = {
  op: 'registers',
  vcpu: 0,
  cr0: u64(0x8001_0001),
  cr3: u64(0x2000),
  cr4: u64(0x10),
  efer: u64(0),
  rflags: u64(0x4_0002),
  cpl: 3,
  cs: { base: u64(0x40), limit: 0xffff, d: true, l: false },
}

/** A vCPU with registers of 32-bit paging, and SMM's memory from SMBASE on. */
const ready = (flags = 'L'): Cells => {
  const bare = machineAfter(machineOf([]), { op: 'create-vcpu', vcpu: 0 })
  const slots = flags === '' ? [] : [slotOf([1, 0x38, 8, HOST, flags])]
  const spaces = bare.spaces.map((space, as) => (as === 1 ? { slots, swaps: 1 } : space))
  const [way] = waysOf({ ...bare, spaces }, registers)
  return { ...(way?.cells as Cells), returned: null } // registers are loaded in one way
}
const saved = (cells: Cells, offset: number, size: number) =>
  load(cells.memory, hvaPage(HOST + 7), 0xe00 + offset, size)

describe('an SMI that saves registers', () => {
  it('writes them to space 1, marks them there, and leaves real mode at SMBASE', () => {
    const after = machineAfter(ready(), smi)
    expect(saved(after, 0x12, 14)).toBe('f040ffff00004000000000000000')
    expect([saved(after, 0x150, 4), saved(after, 0x170, 4)]).toEqual(['00200000', '02000400'])
    expect(after.spaces[1]?.slots[0]?.dirty?.set).toEqual([7, 8])
    expect(after.vcpus[0]).toMatchObject({
      space: 1,
      smbase: BigInt(SMBASE),
      image: { cr0: 0x1_0000n, cr3: 0x2000n, cr4: 0n, rflags: 2n, cpl: 0, cs: { base: BigInt(SMBASE) } },
    })
  })

  it('fails without memory at the save state, or with memory that cannot be written', () => {
    for (const flags of ['', 'R']) {
      const { errno, rule, cells } = take(ready(flags), smi)
      expect([errno, rule]).toEqual(['EIO', 'smm.save-fails'])
      expect(cells.vcpus[0]).toMatchObject({ space: 1, image: { cr3: 0x2000n, cpl: 3 } })
    }
  })
})

describe('an RSM after an SMI that saved registers', () => {
  it('restores every register', () => {
    const before = ready()
    expect(machineAfter(before, smi, rsm).vcpus).toEqual(before.vcpus)
  })

  it('restores the registers as the handler changed them, and shuts the guest down where no processor can have them', () => {
    const inside = machineAfter(ready(), smi)
    const patched = (offset: number, data: string): Cells => ({
      ...inside,
      memory: store(inside.memory, hvaPage(HOST + 7), 0xe00 + offset, data),
    })
    expect(machineAfter(patched(0x151, '30'), rsm).vcpus[0]?.image?.cr3).toBe(0x3000n)
    const { rule, cells } = take(patched(0x158, '00'), rsm)
    expect(rule).toBe('rsm.impossible')
    expect(cells.vcpus).toEqual([{ id: 0, space: 0 }])
  })
})
