import { GUEST_IOCTL } from '../constants.js'
import type { Device } from '../device.js'

/** What of a processor a case may ask for. */
export interface CpuModel {
  readonly maxPhyAddr: number
  readonly amd: boolean
  /** Where the kernel supports them. */
  readonly gigabytePages: boolean
}

/** `struct kvm_cpuid_entry2`, in words: function, index, flags, EAX, EBX, ECX, EDX. */
type Entry = readonly number[]
/** What the kernel can show a guest. */
export interface Cpuid {
  readonly entries: readonly Entry[]
  /** Whether a guest may have pages of 1 GiB, and tables of five levels. */
  readonly gigabytePages: boolean
  readonly fiveLevels: boolean
}

const ENTRY_BYTES = 40
const HEADER_BYTES = 8
const MAX_ENTRIES = Math.floor((4096 - HEADER_BYTES) / ENTRY_BYTES)
const [EAX, EBX, ECX, EDX] = [3, 4, 5, 6] as const
const VENDOR = 0
const EXTENDED = 0x8000_0001
const ADDRESS_SIZES = 0x8000_0008
const FEATURES_7 = 7
const GIGABYTE_PAGES = 1 << 26

/** KVM_GET_SUPPORTED_CPUID; null where it fails. */
export const supportedCpuid = ({ kernel, fd, arena }: Device): Cpuid | null => {
  const { view, argument } = arena
  view.setUint32(0, MAX_ENTRIES, true)
  if (kernel.ioctl(fd, GUEST_IOCTL.getSupportedCpuid, argument) < 0) return null
  const entries = Array.from({ length: view.getUint32(0, true) }, (_, i) =>
    Array.from({ length: 7 }, (_, word) => view.getUint32(HEADER_BYTES + i * ENTRY_BYTES + word * 4, true)),
  )
  const word = (leaf: number, register: number) =>
    entries.find(([name, index]) => name === leaf && index === 0)?.[register] ?? 0
  return {
    entries,
    gigabytePages: (word(EXTENDED, EDX) & GIGABYTE_PAGES) !== 0,
    fiveLevels: (word(FEATURES_7, ECX) & (1 << 16)) !== 0,
  }
}

const words = (text: string): readonly number[] => [0, 4, 8].map(at => Buffer.from(text).readUInt32LE(at))

/** The entry as a processor of the model has it. */
const asModel = (entry: Entry, { maxPhyAddr, amd, gigabytePages }: CpuModel): Entry => {
  const changed = [...entry]
  if (entry[0] === VENDOR) {
    const [b = 0, d = 0, c = 0] = words(amd ? 'AuthenticAMD' : 'GenuineIntel')
    changed[EBX] = b
    changed[EDX] = d
    changed[ECX] = c
  }
  if (entry[0] === EXTENDED && !gigabytePages) changed[EDX] = ((entry[EDX] ?? 0) & ~GIGABYTE_PAGES) >>> 0
  if (entry[0] === ADDRESS_SIZES) changed[EAX] = (((entry[EAX] ?? 0) & ~0xff) | maxPhyAddr) >>> 0
  return changed
}

/** Writes `struct kvm_cpuid2`: everything the kernel supports, of this vendor and with this width of an address. */
export const writeCpuid = (view: DataView, { entries }: Cpuid, model: CpuModel): void => {
  view.setUint32(0, entries.length, true)
  view.setUint32(4, 0, true)
  for (const [i, entry] of entries.entries())
    for (const [word, value] of asModel(entry, model).entries())
      view.setUint32(HEADER_BYTES + i * ENTRY_BYTES + word * 4, value, true)
}
