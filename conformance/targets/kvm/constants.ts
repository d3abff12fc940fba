/**
 * Numbers of the kernel's interface, from `include/uapi/linux/kvm.h` (x86-64; powerpc and mips pack the direction of an
 * ioctl differently). An ioctl number is computed, as `_IOC` does: direction << 30 | size << 16 | type << 8 | number.
 */
const NONE = 0
const WRITE = 1 // userspace writes, the kernel reads
const READ_WRITE = 3
const KVMIO = 0xae

const ioctl = (direction: number, number: number, size = 0): number =>
  ((direction << 30) | (size << 16) | (KVMIO << 8) | number) >>> 0

/** Sizes in bytes of the structs that ioctls read. */
export const SIZE_OF = {
  /** `struct kvm_userspace_memory_region` */
  region: 32,
  /** `struct kvm_userspace_memory_region2` */
  region2: 160,
  /** `struct kvm_create_guest_memfd` */
  guestMemfd: 64,
  /** `struct kvm_dirty_log` */
  dirtyLog: 16,
  /** `struct kvm_clear_dirty_log` */
  clearDirtyLog: 24,
  /** `struct kvm_enable_cap` */
  enableCap: 104,
} as const

/** Ioctls of /dev/kvm and of a VM. */
export const IOCTL = {
  getApiVersion: ioctl(NONE, 0x00),
  createVm: ioctl(NONE, 0x01),
  checkExtension: ioctl(NONE, 0x03),
  getDirtyLog: ioctl(WRITE, 0x42, SIZE_OF.dirtyLog),
  setUserMemoryRegion: ioctl(WRITE, 0x46, SIZE_OF.region),
  setUserMemoryRegion2: ioctl(WRITE, 0x49, SIZE_OF.region2),
  enableCap: ioctl(WRITE, 0xa3, SIZE_OF.enableCap),
  clearDirtyLog: ioctl(READ_WRITE, 0xc0, SIZE_OF.clearDirtyLog),
  createGuestMemfd: ioctl(READ_WRITE, 0xd4, SIZE_OF.guestMemfd),
} as const

/** Capabilities, for KVM_CHECK_EXTENSION and KVM_ENABLE_CAP. */
export const CAP = {
  nrMemslots: 10,
  readonlyMem: 81,
  smm: 117,
  multiAddressSpace: 118,
  manualDirtyLogProtect2: 168,
  dirtyLogRing: 192,
  userMemory2: 231,
  guestMemfd: 234,
} as const

/** The only version of the interface there has been since 2007; anything else is not to be used (api.rst 4.1). */
export const API_VERSION = 12

/** `KVM_MEM_MAX_NR_PAGES` (include/linux/kvm_host.h): the most pages of a user slot. */
export const MAX_NR_PAGES = 2n ** 31n - 1n

/** Ioctls of vCPUs, and those of a VM and of /dev/kvm that only running guests need. */
export const GUEST_IOCTL = {
  getVcpuMmapSize: ioctl(NONE, 0x04),
  getSupportedCpuid: ioctl(READ_WRITE, 0x05, 8),
  createVcpu: ioctl(NONE, 0x41),
  getRegs: ioctl(2, 0x81, 144),
  setRegs: ioctl(WRITE, 0x82, 144),
  getSregs: ioctl(2, 0x83, 312),
  setSregs: ioctl(WRITE, 0x84, 312),
  translate: ioctl(READ_WRITE, 0x85, 24),
  setSignalMask: ioctl(WRITE, 0x8b, 4),
  setCpuid2: ioctl(WRITE, 0x90, 8),
  getVcpuEvents: ioctl(2, 0x9f, 64),
  setVcpuEvents: ioctl(WRITE, 0xa0, 64),
} as const

/** `KVM_CAP_EXIT_ON_EMULATION_FAILURE`: a VM's; its argument says whether it is on. */
export const CAP_EXIT_ON_EMULATION_FAILURE = 204

/** `KVM_RUN`, of a vCPU: the call that enters the guest. */
export const KVM_RUN = ioctl(NONE, 0x80)
