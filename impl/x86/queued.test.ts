import { describe, expect, it } from 'vitest'
import type { VmOptions } from '../options.js'
import { Vm } from '../vm.js'
import { DEFAULT_PROCESSOR, type Registers } from './registers.js'

const REAL: Registers = {
  cr0: 0,
  cr3: 0n,
  cr4: 0,
  efer: 0,
  rflags: 2,
  cpl: 0,
  cs: { base: 0n, limit: 0xffff, long: false },
}
const UD = { end: 'fault', exception: { vector: '#UD' } }
const data = (...bytes: number[]) => ({ end: 'data', data: Uint8Array.from(bytes) })

/** A vCPU in real mode that has failed to fetch at 0x5000, where there is a page of zeros by now. */
const failed = (options: VmOptions = {}) => {
  const vm = new Vm({ exitsOnEmulationFailure: false, ...options })
  vm.createVcpu(0)
  const { linear } = vm.vcpu(0)
  linear.load(DEFAULT_PROCESSOR, REAL)
  const exit = linear.fetch(0x5000n, 1)
  vm.setRegion({ as: 0, id: 1, gpa: 0x5000n, size: 0x1000n, hva: 0x7f0000000000n, flags: 0 })
  return { vm, linear, exit }
}

describe('an exception that a failed fetch leaves queued', () => {
  it('is delivered once in place of the next access, of code or of data', () => {
    const { linear, exit } = failed()
    expect(exit).toEqual({ end: 'exit', exit: { suberror: 1, ndata: 6, flags: 0, pending: '#UD' } })
    expect(linear.fetch(0x5000n, 1)).toEqual(UD)
    expect(linear.fetch(0x5000n, 1)).toEqual(data(0))
    expect(failed().linear.read(0x5000n, 1)).toEqual(UD)
    expect(failed().linear.write(0x5000n, Uint8Array.of(1), 'hardware')).toEqual(UD)
  })

  it('is none on pvm, nor where the exit on emulation failure is enabled', () => {
    for (const options of [{ kernel: 'pvm' }, { exitsOnEmulationFailure: true }] as const) {
      const { linear, exit } = failed(options)
      expect(exit).toEqual({ end: 'exit', exit: { suberror: 1, ndata: 6, flags: 0 } })
      expect(linear.fetch(0x5000n, 1)).toEqual(data(0))
    }
  })

  it('is dropped by loading registers, and comes before an SMI', () => {
    const loaded = failed()
    loaded.linear.load(DEFAULT_PROCESSOR, REAL)
    expect(loaded.linear.fetch(0x5000n, 1)).toEqual(data(0))
    const { vm, linear } = failed()
    vm.enterSmm(0)
    vm.rsm(0)
    expect(linear.fetch(0x5000n, 1)).toEqual(data(0))
  })

  it('stays while KVM translates, and while its vCPU is moved to another space and back', () => {
    const { vm, linear } = failed()
    expect(linear.translate(0x5000n, 'read').end).toBe('data')
    vm.setVcpu({ vcpu: 0, as: 1 })
    vm.setVcpu({ vcpu: 0, as: 0 })
    expect(linear.translate(0x5000n, 'read', 'hardware')).toEqual(UD)
  })

  it('shuts the guest down in the handler of an SMI, at an access and at RSM', () => {
    const inHandler = () => {
      const { vm, linear } = failed()
      vm.setRegion({ as: 1, id: 1, gpa: 0x3_f000n, size: 0x1000n, hva: 0x7f0000010000n, flags: 0 })
      expect(linear.smi(0x3_0000)).toEqual({ end: 'entered' })
      expect(linear.fetch(0x8000n, 1).end).toBe('exit')
      return linear
    }
    expect(inHandler().fetch(0x8000n, 1)).toEqual({ end: 'shutdown' })
    expect(inHandler().rsm()).toEqual({ end: 'shutdown', inSmm: true })
  })
})
