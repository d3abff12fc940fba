import { GUEST_IOCTL } from '../constants.js'
import type { Device } from '../device.js'
import { type HostMemory, hostMemory } from './host-memory.js'
import { STUB_BYTES } from './layout.js'

/** Memory of ours that the guests of one VM after the other use. */
export interface Kit {
  readonly memory: HostMemory
  readonly stub: Uint8Array
  readonly stubAddress: number
  /** Places for run pages: the address of each, and what is seen there once a vCPU is mapped. */
  readonly runPages: readonly { readonly address: number; readonly view: DataView }[]
  readonly runBytes: number
}

/** vCPUs of one VM: those of a case, each once for every processor that it pretends to be. */
const MAX_VCPUS = 64

const makeKit = (device: Device): Kit | null => {
  const { kernel, fd } = device
  const memory = hostMemory(kernel)
  const stubAddress = kernel.map(STUB_BYTES)
  const runBytes = kernel.ioctl(fd, GUEST_IOCTL.getVcpuMmapSize, 0)
  if (memory === null || stubAddress < 0 || runBytes <= 0) return null
  const runs = kernel.map(runBytes * MAX_VCPUS)
  if (runs < 0) return null
  const runPages = Array.from({ length: MAX_VCPUS }, (_, i) => {
    const address = runs + i * runBytes
    return { address, view: new DataView(kernel.view(address, runBytes)) }
  })
  return {
    memory,
    stub: new Uint8Array(kernel.view(stubAddress, STUB_BYTES)),
    stubAddress,
    runPages,
    runBytes,
  }
}

const idle = new WeakMap<Device, Kit[]>()

/** A kit that no VM uses; null where the machine gives no memory for one. */
export const takeKit = (device: Device): Kit | null => idle.get(device)?.pop() ?? makeKit(device)

/** The VM is closed. */
export const giveKit = (device: Device, kit: Kit): void => {
  kit.memory.clear()
  idle.set(device, [...(idle.get(device) ?? []), kit])
}
