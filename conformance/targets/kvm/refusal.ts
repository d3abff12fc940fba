import type { Feature } from '../features.js'
import { TargetRefusal } from '../target-error.js'
import { errnoName } from './errno.js'

/** Why there is no real KVM to talk to. */
export type KvmUnavailable =
  | { readonly kind: 'other-machine'; readonly machine: string }
  | { readonly kind: 'no-koffi'; readonly because: string }
  | { readonly kind: 'no-device'; readonly path: string }
  | { readonly kind: 'not-openable'; readonly path: string; readonly errno: number }
  | { readonly kind: 'not-kvm'; readonly path: string; readonly errno: number }
  | { readonly kind: 'other-version'; readonly version: number }
  | { readonly kind: 'no-memory'; readonly errno: number }
  | { readonly kind: 'no-vm'; readonly errno: number }

/** The reason in plain words, to follow "target kvm is not available: ". */
export const sayUnavailable = (reason: KvmUnavailable): string => {
  switch (reason.kind) {
    case 'other-machine':
      return `it needs Linux on x86-64, and this is ${reason.machine}`
    case 'no-koffi':
      return `the optional package koffi, which makes the system calls, could not be loaded (${reason.because})`
    case 'no-device':
      return `${reason.path} does not exist: this machine offers no KVM, or its module is not loaded`
    case 'not-openable':
      return `${reason.path} cannot be opened (${errnoName(reason.errno)}): is this user allowed to use KVM?`
    case 'not-kvm':
      return `${reason.path} does not answer KVM_GET_API_VERSION (${errnoName(reason.errno)})`
    case 'other-version':
      return `KVM speaks version ${reason.version} of its interface, and this target version 12`
    case 'no-memory':
      return `memory for the arguments of calls could not be mapped (${errnoName(reason.errno)})`
    case 'no-vm':
      return `KVM_CREATE_VM failed (${errnoName(reason.errno)})`
  }
}

/** Why a session of this target will not do something. None of it says anything about the kernel's conformance. */
export type KvmRefusal =
  | { readonly kind: 'spaces'; readonly asked: number; readonly has: number }
  | { readonly kind: 'features'; readonly missing: readonly Feature[] }
  | { readonly kind: 'size'; readonly size: bigint }
  | { readonly kind: 'closed' }
  | { readonly kind: 'no-vm'; readonly errno: number }
  | { readonly kind: 'not-emptied'; readonly slot: number; readonly errno: string }
  | { readonly kind: 'no-other-process'; readonly because: string }

export const sayRefusal = (reason: KvmRefusal): string => {
  switch (reason.kind) {
    case 'spaces':
      return `the configuration wants ${reason.asked} address spaces, and this kernel gives a VM ${reason.has}`
    case 'features':
      return `the program needs what this target does not offer: ${reason.missing.join(', ')}`
    case 'size':
      return `a slot of 0x${reason.size.toString(16)} bytes would cost the kernel too much memory to try`
    case 'closed':
      return 'the session is closed'
    case 'no-vm':
      return `KVM_CREATE_VM failed (${errnoName(reason.errno)})`
    case 'not-emptied':
      return `slot ${reason.slot & 0xffff} of space ${reason.slot >>> 16} could not be deleted (${reason.errno})`
    case 'no-other-process':
      return `the other process, which is to make the call, failed: ${reason.because}`
  }
}

/** The error that the promises of a session are rejected with. */
export const refuse = (reason: KvmRefusal): TargetRefusal => new TargetRefusal(sayRefusal(reason))
