import type { HostRights } from '../../../../spec/terms/host.js'
import type { Kernel } from '../ioctl.js'

/**
 * Host addresses of cases are names: `0x10000000` is whatever memory this process has for it. Each window of a quarter
 * gigabyte that a VM's slots or the host's own calls speak of gets one of ours, the same for every alias.
 */
export interface HostMemory {
  /** Where the memory behind a case's host address is for the guest; null where there is none for all of the range. */
  readonly place: (hva: bigint, bytes: bigint) => number | null
  /** The memory itself, to be read and written past the guest; null where there is none. */
  readonly bytesAt: (hva: bigint, bytes: number) => Uint8Array | null
  readonly protect: (hva: bigint, bytes: bigint, rights: HostRights) => boolean
  /** All memory is zero again, and has all rights. */
  readonly clear: () => void
}

const WINDOW_BITS = 28n
const WINDOW = 2 ** Number(WINDOW_BITS)
const WINDOWS = 8
/** Where addresses of userspace end: behind it the kernel refuses a slot, which must go to it as it is. */
const USER_END = 0x7fff_ffff_f000n

/** Null where the machine gives no such memory. */
export const hostMemory = (kernel: Kernel): HostMemory | null => {
  const guests = kernel.guests()
  const memory = guests.memory(WINDOW * WINDOWS)
  if (typeof memory === 'number') return null
  const { file, forGuest, forUs } = memory
  const windows = new Map<bigint, number>()
  const views = new Map<number, Uint8Array>()
  let isRestricted = false

  /** Bytes from the beginning of our memory. */
  const offsetOf = (hva: bigint, bytes: bigint): number | null => {
    const window = hva >> WINDOW_BITS
    if (hva + bytes > USER_END || (hva + (bytes === 0n ? 0n : bytes - 1n)) >> WINDOW_BITS !== window)
      return null
    const taken = windows.get(window) ?? windows.size
    if (taken >= WINDOWS) return null
    windows.set(window, taken)
    return taken * WINDOW + Number(hva & BigInt(WINDOW - 1))
  }
  return {
    place: (hva, bytes) => {
      const offset = offsetOf(hva, bytes)
      return offset === null ? null : forGuest + offset
    },
    bytesAt: (hva, bytes) => {
      const offset = offsetOf(hva, BigInt(bytes))
      if (offset === null) return null
      const window = Math.floor(offset / WINDOW)
      const view = views.get(window) ?? new Uint8Array(kernel.view(forUs + window * WINDOW, WINDOW))
      views.set(window, view)
      return view.subarray(offset % WINDOW, (offset % WINDOW) + bytes)
    },
    protect: (hva, bytes, rights) => {
      const offset = offsetOf(hva, bytes)
      if (offset === null) return false
      isRestricted = true
      return guests.protect(forGuest + offset, Number(bytes), rights) >= 0
    },
    clear: () => {
      for (const taken of windows.values()) {
        guests.zero(file, taken * WINDOW, WINDOW)
        if (isRestricted) guests.protect(forGuest + taken * WINDOW, WINDOW, 'all')
      }
      windows.clear()
      isRestricted = false
    },
  }
}
