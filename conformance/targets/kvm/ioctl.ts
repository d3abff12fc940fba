import { createRequire } from 'node:module'
import { bindGuestCalls, type GuestCalls, type KoffiCalls } from './guest-calls.js'

/** The few calls of the C library that this target makes. A negative result is a negated errno. */
export interface Kernel {
  /** A file descriptor. The file is opened for reading and writing and closed on exec. */
  open(path: string): number
  close(fd: number): number
  /** `argument` is a number or the address of a struct: user addresses lie below 2^47 and are exact as numbers. */
  ioctl(fd: number, request: number, argument: number): number
  /** Zeroed private memory of `bytes` bytes, never given back: its address. */
  map(bytes: number): number
  /** Makes mapped memory inaccessible, so that the kernel meets EFAULT there. */
  forbid(address: number, bytes: number): number
  /** The mapped memory itself, not a copy. */
  view(address: number, bytes: number): ArrayBuffer
  /** What only running guests need; bound when it is first asked for. */
  guests(): GuestCalls
}

/** What is used of koffi. Its own types say `any`; and the package is optional, so ours must not mention them. */
interface Koffi extends KoffiCalls {
  view(address: bigint, bytes: number): ArrayBuffer
}

/** `O_RDWR | O_CLOEXEC`, `PROT_…` and `MAP_…` of x86-64 Linux (asm-generic/fcntl.h, mman-common.h). */
const O_RDWR_CLOEXEC = 0o2000002
const EINTR = 4
const PROT_NONE = 0
const PROT_READ_WRITE = 3
const MAP_PRIVATE_ANONYMOUS = 0x22

const bind = (koffi: Koffi): Kernel => {
  const libc = koffi.load(null) // the process itself, which has libc: glibc or musl
  // Non-variadic, and pointers as integers: one declaration serves numbers and addresses, since on x86-64 both travel
  // in the same register.
  const open = libc.func('open', 'int', ['str', 'int'])
  const close = libc.func('close', 'int', ['int'])
  const ioctl = libc.func('ioctl', 'int', ['int', 'unsigned long', 'unsigned long'])
  const mmap = libc.func('mmap', 'intptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'long'])
  const mprotect = libc.func('mprotect', 'int', ['uintptr_t', 'size_t', 'int'])
  /** The result, or the negated errno: read at once, before anything else may set it. */
  const orErrno = (result: unknown): number => {
    const n = result as number
    return n === -1 ? -koffi.errno() : n
  }
  let guests: GuestCalls | null = null
  return {
    guests: () => {
      guests ??= bindGuestCalls(koffi)
      return guests
    },
    open: path => orErrno(open(path, O_RDWR_CLOEXEC)),
    close: fd => orErrno(close(fd)),
    // No call made here is one that a signal should end (KVM_CREATE_VM is seen to, under a profiler): it is made again.
    ioctl: (fd, request, argument) => {
      for (;;) {
        const result = orErrno(ioctl(fd, request, argument))
        if (result !== -EINTR) return result
      }
    },
    map: bytes => orErrno(Number(mmap(0, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0))),
    forbid: (address, bytes) => orErrno(mprotect(address, bytes, PROT_NONE)),
    view: (address, bytes) => koffi.view(BigInt(address), bytes),
  }
}

/** Loads koffi, which is optional, and binds the C library. Rejects where koffi is not installed or does not load. */
export const loadKernel = async (): Promise<Kernel> => {
  const module: unknown = await import('koffi')
  // koffi is a CommonJS or an ES module, depending on how it was resolved; in both its functions are on `default`.
  return bind((module as { default: Koffi }).default)
}

/** The same at once. Throws where koffi is not installed or does not load. */
export const loadKernelNow = (): Kernel => bind(createRequire(import.meta.url)('koffi') as Koffi)
