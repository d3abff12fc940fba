import { describe, expect, it } from 'vitest'
import type { VmOptions } from '../options.js'
import { A, D, FLAT, guest, LMA, LME, NXE, OPEN, P, PAE, PG, registers, U, W } from './guest.fixture.js'

const SMBASE = 0x30000
const HANDLER = 0x38
const HOST_OF_SMM = 0x9_0000

/** A guest with long mode's registers, at CPL 3, and SMM's memory from the handler on. */
const inLongMode = (options: VmOptions = {}) => {
  const g = guest(options)
  g.slot(1, HANDLER, 8, HOST_OF_SMM, 1, 1)
  const { linear } = g.vm.vcpu(0)
  const cs = { ...FLAT, long: true, base: 0x1234n, limit: 0xf_ffff }
  linear.load(
    { maxPhyAddr: 46, gigabytePages: true, amd: false, byTheBook: false },
    { ...registers('4-level', { cpl: 3, cr3: 0x5000n, cs }), rflags: 0x4_0002 },
  )
  const image = (offset: number, size: number): bigint => {
    const bytes = g.vm.peek({ hva: BigInt(HOST_OF_SMM + 7) * 4096n + BigInt(0xe00 + offset), size })
    return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)
  }
  const patch = (offset: number, ...bytes: number[]) =>
    g.vm.poke({ hva: BigInt(HOST_OF_SMM + 7) * 4096n + BigInt(0xe00 + offset), data: Uint8Array.from(bytes) })
  return { ...g, linear, image, patch }
}

describe('an SMI', () => {
  it('lays registers out as the AMD64 manual does', () => {
    const { linear, image } = inLongMode()
    expect(linear.smi(SMBASE)).toEqual({ end: 'entered' })
    expect([image(0x12, 2), image(0x14, 4), image(0x18, 8)]).toEqual([0x20f0n, 0xf_ffffn, 0x1234n])
    expect(image(0x22, 2)).toBe(0xf0n)
    expect(image(0xd0, 8)).toBe(BigInt(LME | LMA | NXE))
    expect([image(0xfc, 4), image(0x100, 4)]).toEqual([0x2_0064n, BigInt(SMBASE)])
    expect([image(0x148, 8), image(0x150, 8), image(0x158, 8)]).toEqual([
      BigInt(PAE),
      0x5000n,
      BigInt(PG >>> 0),
    ])
    expect(image(0x170, 4)).toBe(0x4_0002n)
  })

  it('marks the page where it saves, in space 1', () => {
    const { vm, linear } = inLongMode()
    linear.smi(SMBASE)
    expect(vm.getDirtyLog({ as: 1, id: 1 })).toMatchObject({ pages: [[7, 1]] })
  })

  it('continues in real mode, 32 KiB above SMBASE, until RSM', () => {
    const { vm, linear } = inLongMode()
    vm.poke({ hva: BigInt(HOST_OF_SMM) * 4096n, data: Uint8Array.of(0x0f, 0xaa) })
    linear.smi(SMBASE)
    expect(linear.fetch(0x8000n, 2)).toEqual({ end: 'data', data: Uint8Array.of(0x0f, 0xaa) })
    expect(linear.translate(0xffff_1234n, 'write')).toMatchObject({ gpa: 0xffff_1234n })
    expect(linear.rsm()).toEqual({ end: 'left' })
    expect(linear.translate(0xffff_1234n, 'write')).toMatchObject({ exception: { vector: '#PF' } })
  })

  it('is EIO if it cannot save; the vCPU is in SMM by then, with the registers of before', () => {
    const { vm, linear } = inLongMode()
    vm.setRegion({ as: 1, id: 1, gpa: 0n, size: 0n, hva: 0n, flags: 0 })
    expect(linear.smi(SMBASE)).toEqual({ end: 'refused', errno: 'EIO' })
    expect(linear.translate(0n, 'read')).toMatchObject({ exception: { vector: '#PF' } })
    expect(vm.rsm(0)).toMatchObject({ generation: expect.any(Number) })
  })

  it('goes on at SMBASE on a kernel of 6.1, and RSM reads the memory that was not written', () => {
    const { vm, linear } = inLongMode({ kernel: '6.1' })
    vm.setRegion({ as: 1, id: 1, gpa: 0n, size: 0n, hva: 0n, flags: 0 })
    expect(linear.smi(SMBASE)).toEqual({ end: 'entered' })
    expect(linear.fetch(0x8000n, 2)).toMatchObject({ end: 'exit' })
    vm.setRegion({ as: 1, id: 1, gpa: 0x38000n, size: 0x8000n, hva: 0x0n, flags: 2 })
    expect(linear.rsm()).toEqual({ end: 'left' })
    expect(linear.translate(0xffff_1234n, 'read')).toMatchObject({ gpa: 0xffff_1234n })
  })

  it('has its state in one page of the first 4 GiB', () => {
    const { linear } = inLongMode()
    for (const smbase of [0x30800, -4096, 2 ** 32]) expect(() => linear.smi(smbase)).toThrow(RangeError)
  })

  it('is EINVAL unless the vCPU is in space 0', () => {
    const { linear } = inLongMode()
    linear.smi(SMBASE)
    expect(linear.smi(SMBASE)).toEqual({ end: 'refused', errno: 'EINVAL' })
  })
})

describe('RSM', () => {
  it('restores what memory holds by then', () => {
    const { linear, patch, poke } = inLongMode()
    poke(6, 0, 0x7000n | OPEN)
    for (const table of [7, 8, 9]) poke(table, 0, (BigInt(table + 1) * 4096n) | P | W | U | A | D)
    linear.smi(SMBASE)
    patch(0x151, 0x60)
    expect(linear.rsm()).toEqual({ end: 'left' })
    expect(linear.translate(0x21n, 'write')).toMatchObject({ end: 'data', gpa: 0xa021n })
  })

  it('shuts the guest down outside SMM if no processor can have the state, and in SMM if it cannot be read', () => {
    const first = inLongMode()
    first.linear.smi(SMBASE)
    first.patch(0x148, 0)
    expect(first.linear.rsm()).toEqual({ end: 'shutdown', inSmm: false })
    expect(first.linear.rsm()).toEqual({ end: 'refused', errno: 'EINVAL' })
    const second = inLongMode()
    second.linear.smi(SMBASE)
    second.vm.hostProtect({ hva: BigInt(HOST_OF_SMM + 7) * 4096n, size: 4096n, rights: 'none' })
    expect(second.linear.rsm()).toEqual({ end: 'shutdown', inSmm: true })
  })

  it('restores nothing where userspace took the vCPU out of SMM and back', () => {
    const { vm, linear } = inLongMode()
    linear.smi(SMBASE)
    vm.setVcpu({ vcpu: 0, as: 0 })
    vm.enterSmm(0)
    expect(linear.rsm()).toEqual({ end: 'left' })
    expect(linear.translate(0x12n, 'read')).toMatchObject({ gpa: 0x12n })
  })
})
