import { absurd } from 'fp-ts/lib/function.js'
import { fromBytes } from '../../../../spec/terms/memory.js'
import {
  type CreateVcpuCall,
  type EnterSmmCall,
  type HostProtectCall,
  isVirtual,
  type Operation,
  type PhysicalAccess,
  type PokeCall,
  type RegistersCall,
  type RsmCall,
  type SetVcpuCall,
  type VirtualAccess,
} from '../../../../spec/terms/operation.js'
import { modeOf } from '../../../../spec/terms/paging/regime.js'
import type { Seen } from '../../../../spec/terms/result.js'
import { areWalksEmulated } from '../emulated-processor.js'
import { errnoName } from '../errno.js'
import { refuse } from '../refusal.js'
import { asModel, type CaseVcpu, createVcpu, type GuestVm } from './guest-vm.js'
import { accessVirtual, asPerformed, fetchInstruction, loadRegisters, translate } from './linear.js'
import { type By, type GuestAbilities, kindOf, type Paths } from './paths.js'
import { MODEL, type PhysicalOperation, performPhysical } from './physical.js'
import { setSmm } from './vcpu.js'

/** What is done with guests, and with the memory behind them. */
export type GuestOperation =
  | CreateVcpuCall
  | SetVcpuCall
  | EnterSmmCall
  | RsmCall
  | HostProtectCall
  | PokeCall
  | RegistersCall
  | VirtualAccess
  | PhysicalOperation

const OPERATIONS: ReadonlySet<Operation['op']> = new Set([
  'create-vcpu',
  'set-vcpu',
  'enter-smm',
  'rsm',
  'host-protect',
  'poke',
  'registers',
  'fetch-instruction',
  'translate',
  'read-virtual',
  'write-virtual',
  'rmw-virtual',
  'read',
  'fetch',
  'write',
  'rmw',
] satisfies readonly (GuestOperation['op'] | PhysicalAccess['op'])[])

export const isOfGuests = (o: Operation): o is GuestOperation => OPERATIONS.has(o.op)

const vcpuOf = ({ vcpus }: GuestVm, id: number): CaseVcpu => {
  const vcpu = vcpus.get(id)
  if (vcpu === undefined) throw refuse({ kind: 'no-vcpu', vcpu: id })
  return vcpu
}

type Abilities = Pick<GuestAbilities, 'paths' | 'forces'>

/** Who runs code with these registers. */
export const pathOf = (o: RegistersCall, paths: Paths): By => {
  const by = paths.get(kindOf(modeOf(o), o.cpl))
  if (by === undefined) throw refuse({ kind: 'not-run', code: kindOf(modeOf(o), o.cpl) })
  return by
}

/** Who runs the code of a vCPU, as its registers are. */
const byOf = (guest: GuestVm, id: number, paths: Paths): By => {
  const { image } = vcpuOf(guest, id)
  if (image === null) throw refuse({ kind: 'no-registers' })
  return pathOf(image.of, paths)
}

/** Whether an access to data can be made by KVM's emulator, where the processor runs the code: there is a prefix for it. */
const canForce = (o: VirtualAccess, { forces }: Abilities): boolean =>
  forces && o.op !== 'fetch-instruction' && (o.op !== 'translate' || o.access !== 'fetch')

/**
 * The operation as this kernel can be made to do it, which may be more exactly than it was asked for. An emulated processor
 * walks no tables of a case below a second stage, as its walk is no kernel's doing.
 */
export const performedOf = (guest: GuestVm, o: GuestOperation, abilities: Abilities): GuestOperation => {
  if (o.op === 'registers') return asPerformed(guest, o)
  if (!isVirtual(o)) return o
  const by = byOf(guest, o.vcpu, abilities.paths)
  if (by === 'hardware' && (o.by === 'emulator' || (o.by === undefined && areWalksEmulated()))) {
    if (canForce(o, abilities)) return o
    throw refuse(o.by === undefined ? { kind: 'emulated-walk' } : { kind: 'other-path', by })
  }
  if (by === 'hardware' && areWalksEmulated()) throw refuse({ kind: 'emulated-walk' })
  if (o.by !== undefined && o.by !== by) throw refuse({ kind: 'other-path', by })
  return by === 'emulator' ? o : { ...o, by }
}

const PAGE = 4096n

const poke = (guest: GuestVm, { hva, data }: PokeCall): Seen => {
  const bytes = fromBytes(data)
  const memory = guest.kit.memory.bytesAt(hva, bytes.length)
  if (memory === null) throw refuse({ kind: 'no-memory', hva })
  memory.set(bytes)
  guest.isStale = true
  return { is: 'ok' }
}

/** Whole pages, at least one, that end within 64 bits: else the host does nothing. */
const areWholePages = ({ hva, size }: HostProtectCall): boolean =>
  size > 0n && (hva | size) % PAGE === 0n && hva + size <= 1n << 64n

const protect = (guest: GuestVm, o: HostProtectCall): Seen => {
  if (!areWholePages(o)) return { is: 'error', errno: 'EINVAL' }
  const { hva, size, rights } = o
  if (!guest.kit.memory.protect(hva, size, rights)) throw refuse({ kind: 'no-memory', hva })
  for (let page: bigint = hva; page < hva + size; page += PAGE) {
    if (rights === 'all') guest.restricted.delete(page)
    else guest.restricted.add(page)
  }
  return { is: 'ok' }
}

/** The space that an operation brings a vCPU into: that of SMM is 1. */
const spaceOf = (o: SetVcpuCall | EnterSmmCall | RsmCall): number => {
  if (o.op === 'set-vcpu') return o.as
  if (o.op === 'enter-smm' && o.smbase !== undefined) throw refuse({ kind: 'no-smi' })
  return o.op === 'enter-smm' ? 1 : 0
}

const bringIntoSpace = (guest: GuestVm, o: SetVcpuCall | EnterSmmCall | RsmCall): Seen => {
  const as = spaceOf(o)
  if (as > 1) throw refuse({ kind: 'no-such-space', as })
  const vcpu = vcpuOf(guest, o.vcpu)
  const processor = asModel(guest, vcpu, MODEL)
  // What is refused of an SMI in SMM, or of an RSM outside, is refused by no call of the kernel.
  if (o.op !== 'set-vcpu' && processor.smm === (as === 1)) throw refuse({ kind: 'no-smi' })
  const result = setSmm(guest.device, processor, as === 1)
  guest.loaded.set(processor, null)
  return result < 0 ? { is: 'error', errno: errnoName(-result) } : { is: 'ok' }
}

/** Does what `performedOf` made of an operation. */
export const performGuest = (guest: GuestVm, o: GuestOperation, { paths }: Abilities): Seen => {
  const isForced = () => isVirtual(o) && o.by !== 'hardware' && byOf(guest, o.vcpu, paths) === 'hardware'
  switch (o.op) {
    case 'create-vcpu': {
      const result = createVcpu(guest, o.vcpu)
      return result < 0 ? { is: 'error', errno: errnoName(-result) } : { is: 'ok' }
    }
    case 'set-vcpu':
    case 'enter-smm':
    case 'rsm':
      return bringIntoSpace(guest, o)
    case 'poke':
      return poke(guest, o)
    case 'host-protect':
      return protect(guest, o)
    case 'read':
    case 'fetch':
    case 'write':
    case 'rmw':
      return performPhysical(guest, vcpuOf(guest, o.vcpu), o)
    case 'registers':
      return loadRegisters(guest, vcpuOf(guest, o.vcpu), o)
    case 'fetch-instruction':
      return fetchInstruction(guest, vcpuOf(guest, o.vcpu), o, o.by === 'hardware')
    case 'translate':
      // A guest translates by an access, which the host may deny; a translation alone it would allow.
      if (guest.restricted.size > 0 && o.by === 'hardware')
        throw refuse({ kind: 'other-path', by: 'hardware' })
      return translate(guest, vcpuOf(guest, o.vcpu), o, isForced())
    case 'read-virtual':
    case 'write-virtual':
    case 'rmw-virtual':
      return accessVirtual(guest, vcpuOf(guest, o.vcpu), o, isForced())
    default:
      return absurd(o)
  }
}
