import type {
  ClearDirtyCall,
  CreateGuestMemfdCall,
  EnableCapCall,
  GetDirtyCall,
  SetCall,
} from '../../../spec/terms/operation.js'
import { CAP, SIZE_OF } from './constants.js'

/** Structs as the kernel reads them (include/uapi/linux/kvm.h), written into memory that calls share. */
const LITTLE = true // x86

/** Bits 16 to 31 name the address space, bits 0 to 15 the slot (api.rst 4.35). */
const slotWord = ({ as, id }: { readonly as: number; readonly id: number }): number => ((as << 16) | id) >>> 0

const clear = (view: DataView, bytes: number): void => {
  new Uint8Array(view.buffer, view.byteOffset, bytes).fill(0)
}

/** `kvm_userspace_memory_region`: slot, flags, guest_phys_addr, memory_size, userspace_addr. */
export const writeRegion = (view: DataView, call: SetCall): void => {
  view.setUint32(0, slotWord(call), LITTLE)
  view.setUint32(4, call.flags, LITTLE)
  view.setBigUint64(8, call.gpa, LITTLE)
  view.setBigUint64(16, call.size, LITTLE)
  view.setBigUint64(24, call.hva, LITTLE)
}

/** `kvm_userspace_memory_region2`: the same, guest_memfd_offset, guest_memfd, padding. */
export const writeRegion2 = (view: DataView, call: SetCall, descriptor: number): void => {
  clear(view, SIZE_OF.region2)
  writeRegion(view, call)
  view.setBigUint64(32, call.memfd?.offset ?? 0n, LITTLE)
  view.setInt32(40, descriptor, LITTLE)
}

/** `kvm_create_guest_memfd`: size, flags, padding. */
export const writeGuestMemfd = (view: DataView, { size }: Pick<CreateGuestMemfdCall, 'size'>): void => {
  clear(view, SIZE_OF.guestMemfd)
  view.setBigUint64(0, size, LITTLE)
}

/** `kvm_dirty_log`: slot, padding, address of the bitmap. */
export const writeGetDirty = (view: DataView, call: GetDirtyCall, bitmap: number): void => {
  view.setUint32(0, slotWord(call), LITTLE)
  view.setUint32(4, 0, LITTLE)
  view.setBigUint64(8, BigInt(bitmap), LITTLE)
}

/** `kvm_clear_dirty_log`: slot, num_pages, first_page, address of the bitmap. */
export const writeClearDirty = (view: DataView, call: ClearDirtyCall, bitmap: number): void => {
  view.setUint32(0, slotWord(call), LITTLE)
  view.setUint32(4, call.count, LITTLE)
  view.setBigUint64(8, call.first, LITTLE)
  view.setBigUint64(16, BigInt(bitmap), LITTLE)
}

const CAP_NUMBER = {
  'manual-dirty-log-protect2': CAP.manualDirtyLogProtect2,
  'dirty-log-ring': CAP.dirtyLogRing,
} as const

/** `kvm_enable_cap`: cap, flags, args[4], padding. Arguments beyond the fourth have no place and are dropped. */
export const writeEnableCap = (view: DataView, call: EnableCapCall): void => {
  clear(view, SIZE_OF.enableCap)
  view.setUint32(0, CAP_NUMBER[call.cap], LITTLE)
  view.setUint32(4, call.flags, LITTLE)
  for (const [i, arg] of call.args.slice(0, 4).entries()) view.setBigUint64(8 + 8 * i, arg, LITTLE)
}
