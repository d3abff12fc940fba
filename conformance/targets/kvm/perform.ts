import { absurd } from 'fp-ts/lib/function.js'
import type {
  ClearDirtyCall,
  CreateGuestMemfdCall,
  EnableCapCall,
  GetDirtyCall,
  SetCall,
} from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import { GUEST_MEMFD } from '../../../spec/terms/slot.js'
import { type Arena, GUARD_BYTES } from './arena.js'
import { bitmapBytes, OTHER_SENTINEL, runsOfBits, SENTINEL, writeBits, writtenOver } from './bitmap.js'
import { IOCTL } from './constants.js'
import type { Device } from './device.js'
import { errnoName } from './errno.js'
import {
  writeClearDirty,
  writeEnableCap,
  writeGetDirty,
  writeGuestMemfd,
  writeRegion,
  writeRegion2,
} from './layout.js'
import { noteSuccess, noteZap, slotWord, type Vm } from './vm.js'

/** The calls that this target makes. */
export type KvmCall = SetCall | GetDirtyCall | ClearDirtyCall | EnableCapCall | CreateGuestMemfdCall

/** No open file. */
const NO_FILE = -1

/**
 * Writes the struct that a call passes, and the bitmap that it gives, into the arena. `descriptor` is that of the
 * guest_memfd, if the call has one. The number of the ioctl.
 */
export const writeArgument = (arena: Arena, call: KvmCall, descriptor = NO_FILE): number => {
  const bitmap = 'bitmap' in call ? arena.forbidden : arena.bitmap
  switch (call.op) {
    case 'set':
      if (call.ioctl === 2) {
        writeRegion2(arena.view, call, descriptor)
        return IOCTL.setUserMemoryRegion2
      }
      writeRegion(arena.view, call)
      return IOCTL.setUserMemoryRegion
    case 'get-dirty':
      writeGetDirty(arena.view, call, bitmap)
      return IOCTL.getDirtyLog
    case 'clear-dirty':
      // A count beyond the space for bitmaps is beyond the end of any slot there can be: refused before bits are read.
      writeBits(arena.bits.subarray(0, bitmapBytes(call.count)), call.pages, Number(call.first))
      writeClearDirty(arena.view, call, bitmap)
      return IOCTL.clearDirtyLog
    case 'create-guest-memfd':
      writeGuestMemfd(arena.view, call)
      return IOCTL.createGuestMemfd
    case 'enable-cap':
      writeEnableCap(arena.view, call)
      return IOCTL.enableCap
    default:
      return absurd(call)
  }
}

export const answerOf = (result: number): Seen =>
  result < 0 ? { is: 'error', errno: errnoName(-result) } : { is: 'ok' }

const ask = ({ kernel, arena }: Device, vm: Vm, call: KvmCall, descriptor = NO_FILE): number =>
  kernel.ioctl(
    vm.fd,
    writeArgument(arena, call, descriptor),
    'argument' in call ? arena.forbidden : arena.argument,
  )

/** A file for a slot whose call names none, where the VM has guest_memfd: made for it, and closed with the VM. */
const ownFile = (device: Device, vm: Vm, { size }: SetCall): number => {
  const file = ask(device, vm, { op: 'create-guest-memfd', file: 0, size })
  if (file < 0) return NO_FILE // the size is none of a slot, and is refused before the descriptor is looked at
  vm.ownFiles.push(file)
  return file
}

const descriptorFor = (device: Device, vm: Vm, call: KvmCall, hasMemfd: boolean): number => {
  if (call.op !== 'set' || call.ioctl !== 2 || (call.flags & GUEST_MEMFD) === 0) return NO_FILE
  if (call.memfd === undefined) return hasMemfd ? ownFile(device, vm, call) : NO_FILE
  return call.memfd.file === 'other' ? vm.fd : (vm.files.get(call.memfd.file) ?? NO_FILE)
}

/** The number of a file is the case's: one that is given twice is refused here, since no kernel knows it. */
const createFile = (device: Device, vm: Vm, call: CreateGuestMemfdCall): Seen => {
  const made = ask(device, vm, call)
  if (made < 0) return answerOf(made)
  if (vm.files.has(call.file)) {
    device.kernel.close(made)
    return { is: 'error', errno: 'EEXIST' }
  }
  vm.files.set(call.file, made)
  return { is: 'ok' }
}

/**
 * GET, and how much of the bitmap was written. Memory is filled beforehand; where the last byte written may have been
 * equal to the fill, a second GET over another fill decides. That is done under manual protect only, where GET changes
 * nothing; else the bits are gone with the first, and how many bytes there were is left out.
 */
const getDirty = (device: Device, vm: Vm, call: GetDirtyCall): Seen => {
  const expected = bitmapBytes(Number((vm.slots.get(slotWord(call))?.size ?? 0n) >> 12n))
  const bits = device.arena.bits.subarray(0, expected + GUARD_BYTES)
  bits.fill(SENTINEL)
  const result = ask(device, vm, call)
  if (result < 0) return answerOf(result)
  let bytes = writtenOver(bits, SENTINEL)
  if (bytes >= expected) return { is: 'ok', bits: runsOfBits(bits.subarray(0, bytes)), bytes }
  if (!vm.manual) return { is: 'ok', bits: runsOfBits(bits.subarray(0, expected)) }
  bits.fill(OTHER_SENTINEL)
  if (ask(device, vm, call) >= 0) bytes = Math.max(bytes, writtenOver(bits, OTHER_SENTINEL))
  return { is: 'ok', bits: runsOfBits(bits.subarray(0, bytes)), bytes }
}

/**
 * Makes a call and takes note of what it changed, in the words of a case where the call has other addresses than those.
 * `hasMemfd`: the configuration says that the VM has guest_memfd.
 */
export const perform = (
  device: Device,
  vm: Vm,
  call: KvmCall,
  asCase: KvmCall = call,
  hasMemfd = false,
): Seen => {
  if (call.op === 'get-dirty') return getDirty(device, vm, call)
  if (call.op === 'create-guest-memfd') return createFile(device, vm, call)
  if (asCase.op === 'set') noteZap(vm, asCase)
  const result = ask(device, vm, call, descriptorFor(device, vm, call, hasMemfd))
  if (result >= 0) noteSuccess(vm, asCase)
  return answerOf(result)
}
