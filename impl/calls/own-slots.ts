import { requireObject, requireU64 } from '../base/domain.js'
import type { Errno } from '../base/errno.js'
import { isPageAligned, PAGE_SIZE, pageAddress, U64_END } from '../base/frames.js'
import { OWN_SLOTS, type OwnSlot, PAGES_FROM_END } from '../base/own-slots.js'
import type { Machine } from '../machine.js'
import type { Limits } from '../options.js'
import { endsBeyondGuest } from './checks.js'
import { createInEverySpace, spacesOf } from './internal-slot.js'
import type { Outcome } from './outcome.js'
import { type Placement, shapeOf } from './placement.js'

/** KVM_SET_TSS_ADDR: `addr` in bytes. */
export interface TssCall {
  readonly addr: bigint
}

/** Requires words that the system call can carry. @throws TypeError, RangeError */
export function requireTssCall(c: TssCall): void {
  requireObject('a TSS', c)
  requireU64('addr', c.addr)
}

const TSS_PAGES = 3
const HIGHEST_TSS = (1n << 32n) - BigInt(TSS_PAGES * PAGE_SIZE)
const APIC_PAGE = 0xfee0_0000n

/** KVM_SET_TSS_ADDR (`kvm_vm_ioctl_set_tss_addr`, `vmx_set_tss_addr`): EINVAL, EEXIST; 0 and nothing done where KVM needs none. */
export function setTssAddr(machine: Machine, { addr }: TssCall): Outcome {
  if (addr > HIGHEST_TSS) return { errno: 'EINVAL' }
  const errno = machine.limits.ownSlots.has('tss') ? make(machine, 'tss', addr) : undefined
  return errno ? { errno } : { generation: machine.space(0).generation }
}

/** What the first vCPU brings: the APIC access page, then the identity map. The first that fails ends the call. */
export function makeWithVcpu(machine: Machine): Errno | undefined {
  const { control, limits } = machine
  if (control.countVcpus() > 0) return undefined
  for (const [which, gpa] of [
    ['apic-page', APIC_PAGE],
    ['identity-map', limits.identityMap],
  ] as const) {
    if (!limits.ownSlots.has(which) || exists(machine, idOf(limits, which))) continue
    const errno = make(machine, which, gpa)
    if (errno) return errno
  }
  return undefined
}

/** The id of one of them. */
function idOf({ slotLimit }: Pick<Limits, 'slotLimit'>, which: OwnSlot): number {
  return slotLimit + OWN_SLOTS.indexOf(which)
}

function exists(machine: Machine, id: number): boolean {
  return spacesOf(machine).some(({ current }) => current.get(id) !== undefined)
}

/** `__x86_set_memory_region`: in every space, or in none. */
function make(machine: Machine, which: OwnSlot, gpa: bigint): Errno | undefined {
  const { limits } = machine
  const id = idOf(limits, which)
  if (exists(machine, id)) return 'EEXIST'
  const placed = placementOf(limits, which, gpa)
  if (!isPageAligned(gpa) || gpa + placed.size >= U64_END) return 'EINVAL'
  const shape = shapeOf({ ...placed, id, flags: 0 })
  const taken = () => true
  if (spacesOf(machine).some(({ current }) => current.someInFrames(shape.base, shape.npages, taken)))
    return 'EEXIST'
  if (endsBeyondGuest(limits, shape.base, shape.npages)) return limits.beyondMaxGfn
  return createInEverySpace(machine, shape) ? undefined : 'ENOMEM'
}

/** KVM maps memory of its own for them, at the end of user space as semantics.md has it: identity map, APIC page, TSS. */
function placementOf({ hvaLimit }: Limits, which: OwnSlot, gpa: bigint): Placement {
  const pages = which === 'tss' ? TSS_PAGES : 1
  return { gpa, size: pageAddress(pages), hva: hvaLimit - pageAddress(PAGES_FROM_END[which]) }
}
