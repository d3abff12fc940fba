import type { HostRights } from '../../../spec/terms/host.js'
import { KVM_RUN } from './constants.js'

/** What is used of koffi to bind functions of the C library. */
export interface KoffiCalls {
  load(path: string | null): {
    func(name: string, result: string, parameters: readonly string[]): (...given: unknown[]) => unknown
  }
  errno(): number
}

/** Memory with two mappings: what is taken from the guest's does not concern ours. Addresses, and a file descriptor. */
export interface SharedMemory {
  readonly file: number
  readonly forGuest: number
  readonly forUs: number
}

/** Calls that only running guests need. A negative result is a negated errno. */
export interface GuestCalls {
  /** Zeroed memory, mapped twice; pages cost nothing until they are touched. A negated errno where it cannot be had. */
  memory(bytes: number): SharedMemory | number
  /** Gives mapped memory other rights. */
  protect(address: number, bytes: number, rights: HostRights): number
  /** Makes a range of the memory zero again, and gives its pages back. */
  zero(file: number, offset: number, bytes: number): number
  /** Maps the file of a vCPU at an address that is ours, in place of what is there. */
  mapOver(address: number, bytes: number, file: number): number
  /** Puts nothing in its place. */
  unmapOver(address: number, bytes: number): number
  /** Enters the guest: one KVM_RUN, which a signal may end with EINTR. */
  enter(vcpu: number): number
  /** From now on this thread has a signal pending every so many milliseconds, which only KVM_RUN notices; 0: no more. */
  interruptEvery(milliseconds: number): void
  /** Takes pending signals away. */
  drain(): void
}

/** Numbers of x86-64 Linux: `asm-generic/fcntl.h`, `mman-common.h`, `signal.h`, `linux/falloc.h`, `memfd.h`. */
const MFD_CLOEXEC = 1
const PROT: Readonly<Record<HostRights, number>> = { none: 0, read: 1, all: 3 }
const MAP_SHARED = 0x01
const MAP_FIXED = 0x10
const MAP_PRIVATE_ANONYMOUS = 0x22
const MAP_NORESERVE = 0x4000
const PUNCH_HOLE_KEEP_SIZE = 3
const SIG_BLOCK = 0
const CLOCK_MONOTONIC = 1
const SIGEV_THREAD_ID = 4
/** A real-time signal that neither the C library nor Node uses. */
export const SIGNAL = 40

export const bindGuestCalls = (koffi: KoffiCalls): GuestCalls => {
  const libc = koffi.load(null)
  const word = 'uintptr_t'
  const memfd = libc.func('memfd_create', 'int', ['str', 'unsigned int'])
  const truncate = libc.func('ftruncate', 'int', ['int', 'long'])
  const fallocate = libc.func('fallocate', 'int', ['int', 'int', 'long', 'long'])
  const mmap = libc.func('mmap', 'intptr_t', [word, 'size_t', 'int', 'int', 'int', 'long'])
  const mprotect = libc.func('mprotect', 'int', [word, 'size_t', 'int'])
  const ioctl = libc.func('ioctl', 'int', ['int', 'unsigned long', 'unsigned long'])
  const sigmask = libc.func('pthread_sigmask', 'int', ['int', 'void *', 'void *'])
  const timedwait = libc.func('sigtimedwait', 'int', ['void *', 'void *', 'void *'])
  const gettid = libc.func('gettid', 'int', [])
  const timerCreate = libc.func('timer_create', 'int', ['int', 'void *', 'void *'])
  const timerSet = libc.func('timer_settime', 'int', [word, 'int', 'void *', 'void *'])

  const orErrno = (result: unknown): number => {
    const n = Number(result)
    return n === -1 ? -koffi.errno() : n
  }
  /** `sigset_t` has 1024 bits; signal `n` is bit `n - 1`. */
  const signals = Buffer.alloc(128)
  signals.writeBigUInt64LE(1n << BigInt(SIGNAL - 1))
  const atOnce = Buffer.alloc(16)
  let timer: bigint | null = null

  /** `struct sigevent`: value, signal, how, and the thread that gets it. */
  const makeTimer = (): bigint => {
    sigmask(SIG_BLOCK, signals, null)
    const event = Buffer.alloc(64)
    event.writeInt32LE(SIGNAL, 8)
    event.writeInt32LE(SIGEV_THREAD_ID, 12)
    event.writeInt32LE(Number(gettid()), 16)
    const made = Buffer.alloc(8)
    if (timerCreate(CLOCK_MONOTONIC, event, made) !== 0)
      throw new Error(`timer_create failed: errno ${koffi.errno()}`)
    return made.readBigUInt64LE()
  }
  return {
    memory: bytes => {
      const file = orErrno(memfd('guest memory', MFD_CLOEXEC))
      if (file < 0) return file
      const sized = orErrno(truncate(file, bytes))
      if (sized < 0) return sized
      const map = () => orErrno(mmap(0, bytes, PROT.all, MAP_SHARED | MAP_NORESERVE, file, 0))
      const [forGuest, forUs] = [map(), map()]
      return forGuest < 0 ? forGuest : forUs < 0 ? forUs : { file, forGuest, forUs }
    },
    protect: (address, bytes, rights) => orErrno(mprotect(address, bytes, PROT[rights])),
    zero: (file, offset, bytes) => orErrno(fallocate(file, PUNCH_HOLE_KEEP_SIZE, offset, bytes)),
    mapOver: (address, bytes, file) =>
      orErrno(mmap(address, bytes, PROT.all, MAP_SHARED | MAP_FIXED, file, 0)),
    unmapOver: (address, bytes) =>
      orErrno(mmap(address, bytes, PROT.none, MAP_PRIVATE_ANONYMOUS | MAP_FIXED, -1, 0)),
    enter: vcpu => orErrno(ioctl(vcpu, KVM_RUN, 0)),
    interruptEvery: milliseconds => {
      if (timer === null && milliseconds === 0) return
      timer ??= makeTimer()
      const times = Buffer.alloc(32) // `struct itimerspec`: the period, and the first time, in seconds and nanoseconds
      for (const at of [8, 24]) times.writeBigInt64LE(BigInt(milliseconds) * 1_000_000n, at)
      timerSet(timer, 0, times, null)
    },
    drain: () => {
      while (Number(timedwait(signals, null, atOnce)) > 0);
    },
  }
}
