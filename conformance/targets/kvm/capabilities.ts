import { CAP, IOCTL } from './constants.js'
import type { Device } from './device.js'

/** What KVM_CHECK_EXTENSION of a VM says of a capability: 0 where it does not have it. */
export const extension = ({ kernel, idleVm }: Device, cap: number): number =>
  Math.max(0, kernel.ioctl(idleVm, IOCTL.checkExtension, cap))

/** Address spaces of a VM. A kernel without the capability has one (api.rst 4.35). */
export const spacesOf = (device: Device): number => Math.max(1, extension(device, CAP.multiAddressSpace))
