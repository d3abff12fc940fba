import { requireBoolean, requireBytes, requireGfn, requireObject, requireWithinPage } from '../base/domain.js'
import type { Machine } from '../machine.js'
import { type Access, access, KERNEL_READ, KERNEL_READ_CACHED, KERNEL_WRITE } from '../readers/access.js'
import type { Reader } from '../readers/reader.js'

/**
 * An access of KVM itself, without a vCPU, to space 0; units and ranges as in `PageRead` and `PageWrite`. `cached`: through
 * an hva that KVM keeps, which a read-only slot does not give.
 */
export type KernelAccess =
  | {
      readonly write: false
      readonly gfn: number
      readonly offset: number
      readonly size: number
      readonly cached?: boolean | undefined
    }
  | { readonly write: true; readonly gfn: number; readonly offset: number; readonly data: Uint8Array }

const NOTHING = new Uint8Array(0)

/** Requires an access within one page. @throws TypeError, RangeError */
export function requireKernelAccess(a: KernelAccess): void {
  requireObject('an access', a)
  requireBoolean('write', a.write)
  if (a.write) requireBytes('data', a.data)
  else if (a.cached !== undefined) requireBoolean('cached', a.cached)
  requireGfn(a.gfn)
  requireWithinPage(a.offset, a.write ? a.data.length : a.size)
}

/** `kvm_read_guest`, `kvm_write_guest`, and a read through a `gfn_to_hva_cache`. */
export function kernelAccess(machine: Machine, reader: Reader, a: KernelAccess): Access {
  const { gfn, offset } = a
  const target = a.write ? { gfn, offset, size: a.data.length, data: a.data } : { ...a, data: NOTHING }
  const reads = !a.write && a.cached === true ? KERNEL_READ_CACHED : KERNEL_READ
  return access(machine, reader, 0, a.write ? KERNEL_WRITE : reads, target)
}
