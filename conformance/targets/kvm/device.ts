import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { type Arena, mapArena } from './arena.js'
import { API_VERSION, IOCTL } from './constants.js'
import { type Kernel, loadKernel, loadKernelNow } from './ioctl.js'
import type { KvmUnavailable } from './refusal.js'

/** /dev/kvm, opened. */
export interface Device {
  readonly kernel: Kernel
  readonly fd: number
  readonly arena: Arena
  /**
   * A VM of which only capabilities are asked: while one VM is alive, creating another is cheaper, and kernels inside
   * QEMU were seen to crash when the last one went (real-kvm.md, Limits). Closed with the process.
   */
  readonly idleVm: number
}

/** What the target needs of the machine; tests put something else in its place. */
export interface Surroundings {
  readonly path: string
  readonly machine: string
  readonly load: () => Promise<Kernel>
}

export const here: Surroundings = {
  path: '/dev/kvm',
  machine: `${process.platform}-${process.arch}`,
  load: loadKernel,
}

const ENOENT = 2
const ENXIO = 6
const ENODEV = 19

/** Creates a VM of the default type; its file descriptor or a negated errno. */
export const createVm = (device: Pick<Device, 'kernel' | 'fd'>): number =>
  device.kernel.ioctl(device.fd, IOCTL.createVm, 0)

const openWith = (kernel: Kernel, path: string): Either<KvmUnavailable, Device> => {
  const fd = kernel.open(path)
  if (fd === -ENOENT || fd === -ENXIO || fd === -ENODEV) return left({ kind: 'no-device', path })
  if (fd < 0) return left({ kind: 'not-openable', path, errno: -fd })
  const refuse = (reason: KvmUnavailable): Either<KvmUnavailable, never> => {
    kernel.close(fd)
    return left(reason)
  }
  const version = kernel.ioctl(fd, IOCTL.getApiVersion, 0)
  if (version < 0) return refuse({ kind: 'not-kvm', path, errno: -version })
  if (version !== API_VERSION) return refuse({ kind: 'other-version', version })
  const idleVm = createVm({ kernel, fd })
  if (idleVm < 0) return refuse({ kind: 'no-vm', errno: -idleVm })
  const arena = mapArena(kernel)
  return typeof arena === 'number'
    ? refuse({ kind: 'no-memory', errno: arena })
    : right({ kernel, fd, arena, idleVm })
}

const noKoffi = (error: unknown): Either<KvmUnavailable, never> => {
  const [because = ''] = String(error instanceof Error ? error.message : error).split('\n')
  return left({ kind: 'no-koffi', because })
}

/** Loads koffi and opens /dev/kvm, or says why that cannot be. */
export const openDevice = async (outside: Surroundings = here): Promise<Either<KvmUnavailable, Device>> => {
  const { path, machine, load } = outside
  if (machine !== 'linux-x64') return left({ kind: 'other-machine', machine })
  let kernel: Kernel
  try {
    kernel = await load()
  } catch (error) {
    return noKoffi(error)
  }
  return openWith(kernel, path)
}

/** The same at once, on this machine. */
export const openDeviceNow = (): Either<KvmUnavailable, Device> => {
  if (here.machine !== 'linux-x64') return left({ kind: 'other-machine', machine: here.machine })
  let kernel: Kernel
  try {
    kernel = loadKernelNow()
  } catch (error) {
    return noKoffi(error)
  }
  return openWith(kernel, here.path)
}
