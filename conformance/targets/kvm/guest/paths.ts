import { u64 } from '../../../../spec/terms/numbers.js'
import type { RegistersCall, SetCall } from '../../../../spec/terms/operation.js'
import type { Mode } from '../../../../spec/terms/paging/mode.js'
import { IOCTL } from '../constants.js'
import type { Device } from '../device.js'
import { writeRegion } from '../layout.js'
import { noteSuccess, openVm } from '../vm.js'
import { type Cpuid, supportedCpuid } from './cpuid.js'
import { isPrefixOn } from './force-emulation.js'
import { closeVcpus, createVcpu, type GuestVm, prepareGuests } from './guest-vm.js'
import { giveKit, type Kit, takeKit } from './kit.js'
import { fetchInstruction, loadRegisters } from './linear.js'
import { roomFor } from './room.js'

/** Who runs the code of a guest. */
export type By = 'hardware' | 'emulator'
/** Code by mode and CPL. */
export type KindOfCode = `${Mode} at CPL ${number}`
/** Who runs which code; code that is not there does not run. */
export type Paths = ReadonlyMap<KindOfCode, By>

export const kindOf = (mode: Mode, cpl: number): KindOfCode => `${mode} at CPL ${cpl}`

/** What guests can do here. */
export interface GuestAbilities {
  readonly cpuid: Cpuid
  readonly paths: Paths
  /** Whether an instruction that the processor would run can be made KVM's emulator's. */
  readonly forces: boolean
}

const HOST = 0x1000_0000n
const PAGES = 32
const CODE_PAGE = 16
const LONG = { cr0: u64(0x8001_0001), cr3: u64(0x1000), cr4: u64(0x20), efer: u64(0xd00) }
const UNPAGED = { cr0: u64(1), cr3: u64(0), cr4: u64(0), efer: u64(0) }

/** Registers of each kind of code; with paging, over four tables that show the first pages. */
const registersOf = (mode: Mode, cpl: number): RegistersCall => {
  const isLong = mode === '64-bit' || mode === 'compatibility'
  return {
    op: 'registers',
    vcpu: 0,
    ...(isLong ? LONG : UNPAGED),
    ...(mode === 'real' ? { cr0: u64(0) } : {}),
    rflags: u64(mode === 'virtual-8086' ? 0x2_0002 : 2),
    cpl,
    cs: {
      base: u64(0),
      limit: 0xffff_ffff,
      d: mode === '32-bit' || mode === 'compatibility',
      l: mode === '64-bit',
    },
  }
}

/** Every kind of code that a case may have. */
const KINDS: readonly (readonly [Mode, readonly number[]])[] = [
  ['64-bit', [0, 1, 2, 3]],
  ['compatibility', [0, 1, 2, 3]],
  ['32-bit', [0]],
  ['16-bit', [0]],
  ['real', [0]],
  ['virtual-8086', [3]],
]

/** A table in each of pages 1 to 4; the last one shows pages 0 to 31. */
const putTables = (memory: Uint8Array): void => {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
  for (let page = 1; page < 4; page++) view.setBigUint64(page * 4096, BigInt((page + 1) * 4096 + 0x27), true)
  for (let i = 0; i < PAGES; i++) view.setBigUint64(4 * 4096 + i * 8, BigInt(i * 4096 + 0x67), true)
}

/**
 * A page that the host cannot read tells who fetches: to the processor it is EFAULT from KVM_RUN, to KVM's emulator an
 * instruction that it cannot fetch. Code of another kind than this kernel runs does neither.
 */
const tryKind = (guest: GuestVm, image: RegistersCall): By | null => {
  const vcpu = guest.vcpus.get(0)
  if (vcpu === undefined || loadRegisters(guest, vcpu, image).is === 'error') return null
  const fetch = { op: 'fetch-instruction', vcpu: 0, rip: u64(CODE_PAGE * 4096), length: 2 } as const
  const seen = fetchInstruction(guest, vcpu, fetch, true)
  if (seen.end !== 'exit') return null
  return seen.errno === 'EFAULT' ? 'hardware' : seen.exit === undefined ? null : 'emulator'
}

const pathsIn = (guest: GuestVm): Paths => {
  const found = new Map<KindOfCode, By>()
  for (const [mode, cpls] of KINDS)
    for (const cpl of cpls) {
      const by = tryKind(guest, registersOf(mode, cpl))
      if (by !== null) found.set(kindOf(mode, cpl), by)
    }
  return found
}

const explore = (device: Device, kit: Kit, cpuid: Cpuid): Paths => {
  const slot: SetCall = {
    op: 'set',
    as: 0,
    id: 0,
    gpa: u64(0),
    size: u64(PAGES * 4096),
    hva: u64(HOST),
    flags: 0,
  }
  const room = roomFor([slot])
  const address = kit.memory.place(HOST, slot.size)
  const memory = kit.memory.bytesAt(HOST, PAGES * 4096)
  if (room === null || address === null || memory === null) return new Map()
  const vm = openVm(device)
  const guest = prepareGuests(device, vm, kit, cpuid, room)
  writeRegion(device.arena.view, { ...slot, hva: u64(address) })
  device.kernel.ioctl(vm.fd, IOCTL.setUserMemoryRegion, device.arena.argument)
  noteSuccess(vm, slot)
  putTables(memory)
  kit.memory.protect(HOST + BigInt(CODE_PAGE * 4096), 4096n, 'none')
  const paths = createVcpu(guest, 0) < 0 ? new Map() : pathsIn(guest)
  closeVcpus(guest)
  device.kernel.close(vm.fd)
  return paths
}

const known = new WeakMap<Device, GuestAbilities | null>()

/** What guests can do with this kernel, found out by running some; null where none runs. */
export const guestAbilities = (device: Device): GuestAbilities | null => {
  const before = known.get(device)
  if (before !== undefined) return before
  const cpuid = supportedCpuid(device)
  const kit = cpuid === null ? null : takeKit(device)
  const paths = cpuid === null || kit === null ? null : explore(device, kit, cpuid)
  if (kit !== null) giveKit(device, kit)
  const abilities =
    cpuid === null || paths === null || paths.size === 0 ? null : { cpuid, paths, forces: isPrefixOn() }
  known.set(device, abilities)
  return abilities
}
