import { expect, it } from 'vitest'
import { IOCTL } from './constants.js'

it('computes the ioctl numbers that kvm-memslots 1 and 4 quote', () => {
  expect(IOCTL.getApiVersion).toBe(0xae00)
  expect(IOCTL.createVm).toBe(0xae01)
  expect(IOCTL.checkExtension).toBe(0xae03)
  expect(IOCTL.setUserMemoryRegion).toBe(0x4020ae46)
  expect(IOCTL.setUserMemoryRegion2).toBe(0x40a0ae49)
  expect(IOCTL.getDirtyLog).toBe(0x4010ae42)
  expect(IOCTL.clearDirtyLog).toBe(0xc018aec0)
  expect(IOCTL.enableCap).toBe(0x4068aea3)
})
