import { u64 } from '../../../spec/terms/numbers.js'
import type { GuestVm } from '../../targets/kvm/guest/guest-vm.js'
import { PAGE, STACK_TOP, STUB } from '../../targets/kvm/guest/layout.js'
import { MAY_SPEAK, ownMode } from '../../targets/kvm/guest/physical.js'
import {
  putGeneralRegisters,
  putSystemRegisters,
  type SystemRegisters,
  slotSeenAt,
} from '../../targets/kvm/guest/registers.js'
import { rootEntryTo, showGigabyte } from '../../targets/kvm/guest/stub.js'
import { systemOf, type Vcpu } from '../../targets/kvm/guest/vcpu.js'
import type { Access } from '../access.js'
import { FRAMES, type Places, TOUCHED } from '../edit.js'
import { loopOf } from './code.js'
import type { Way } from './paths.js'

/** Where edits take place: below 4 GiB, and away from the slot of ours. */
export const PLACES: Places = { gpa: 0x20_0000n, hva: 0x1000_0000n }
/** Host pages that slots of edits have. */
const HOST_PAGES = FRAMES
/**
 * Where the turns are in their page. Not where the code is in its own: KVM's emulator takes the address of a fault for that
 * of the operand where both have one offset (real-kvm.md, INVALID on three kernels).
 */
const TURNS_AT = 0x40
const GENERAL_BYTES = 144
const SYSTEM_BYTES = 312
const P_W_U_A = 0x27n

const pageOf = (bytes: Uint8Array, page: number): Uint8Array => bytes.subarray(page * PAGE, (page + 1) * PAGE)
const wordsOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Memory of the race, and what the vCPU is to be loaded with. */
export interface RaceGuest {
  readonly system: Uint8Array
  readonly general: Uint8Array
  /** Turns of the loop so far, of 2³². */
  readonly turns: () => number
}

/** Puts the loop, the tables and the turns in place, and makes the registers. */
export const prepareRace = (guest: GuestVm, vcpu: Vcpu, access: Access, way: Way): RaceGuest => {
  const { room, kit, shown, device } = guest
  const at = (page: number): bigint => room.stubGpa + BigInt(page * PAGE)
  const touched = PLACES.gpa + BigInt(TOUCHED * PAGE)
  for (const gpa of [room.stubGpa, touched]) showGigabyte(kit.stub, room.stubGpa, gpa, shown)
  const loop = loopOf(access, way.forced)
  pageOf(kit.stub, STUB.loop).set(loop)
  const turns = wordsOf(pageOf(kit.stub, STUB.turns))
  turns.setUint32(TURNS_AT, 0, true)
  const root = wordsOf(pageOf(kit.stub, STUB.raceRoot))
  root.setBigUint64(0, touched | P_W_U_A, true)
  root.setBigUint64(room.rootIndex * 8, rootEntryTo(room.stubGpa), true)
  // Whatever host page the frame has: the loop itself, or a table like our own.
  for (let page = 0; page < HOST_PAGES; page++)
    kit.memory
      .bytesAt(PLACES.hva + BigInt(page * PAGE), PAGE)
      ?.set(access === 'walk' ? pageOf(kit.stub, STUB.pointers) : loop)
  const registers: SystemRegisters = {
    ...ownMode(guest),
    cpl: way.cpl,
    ...(access === 'walk' ? { cr3: u64(at(STUB.raceRoot)) } : {}),
  }
  putSystemRegisters(systemOf(device, vcpu), registers, room)
  const system = device.arena.view
  const copyOf = (bytes: number) => new Uint8Array(system.buffer, system.byteOffset, bytes).slice()
  const systemBytes = copyOf(SYSTEM_BYTES)
  putGeneralRegisters(system, {
    rip: access === 'fetch' ? touched : at(STUB.loop),
    rsp: slotSeenAt(registers, room) + BigInt(STACK_TOP),
    rflags: MAY_SPEAK,
    rbx: access === 'walk' ? at(STUB.turns) + BigInt(TURNS_AT + 8) : touched,
    rdi: at(STUB.turns) + BigInt(TURNS_AT),
  })
  return {
    system: systemBytes,
    general: copyOf(GENERAL_BYTES),
    turns: () => turns.getUint32(TURNS_AT, true),
  }
}
