import { match } from 'ts-pattern'
import type { KernelName } from '../../../spec/terms/kernels.js'
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
export const sayUnavailable = (reason: KvmUnavailable): string =>
  match(reason)
    .with({ kind: 'other-machine' }, ({ machine }) => `it needs Linux on x86-64, and this is ${machine}`)
    .with(
      { kind: 'no-koffi' },
      ({ because }) =>
        `the optional package koffi, which makes the system calls, could not be loaded (${because})`,
    )
    .with(
      { kind: 'no-device' },
      ({ path }) => `${path} does not exist: this machine offers no KVM, or its module is not loaded`,
    )
    .with(
      { kind: 'not-openable' },
      ({ errno, path }) => `${path} cannot be opened (${errnoName(errno)}): is this user allowed to use KVM?`,
    )
    .with(
      { kind: 'not-kvm' },
      ({ errno, path }) => `${path} does not answer KVM_GET_API_VERSION (${errnoName(errno)})`,
    )
    .with(
      { kind: 'other-version' },
      ({ version }) => `KVM speaks version ${version} of its interface, and this target version 12`,
    )
    .with(
      { kind: 'no-memory' },
      ({ errno }) => `memory for the arguments of calls could not be mapped (${errnoName(errno)})`,
    )
    .with({ kind: 'no-vm' }, ({ errno }) => `KVM_CREATE_VM failed (${errnoName(errno)})`)
    .exhaustive()

/** Why a session of this target will not do something. None of it says anything about the kernel's conformance. */
export type KvmRefusal =
  | { readonly kind: 'kernel'; readonly asked: KernelName; readonly is: KernelName | null }
  | { readonly kind: 'spaces'; readonly asked: number; readonly has: number }
  | { readonly kind: 'features'; readonly missing: readonly Feature[] }
  | { readonly kind: 'size'; readonly size: bigint }
  | { readonly kind: 'closed' }
  | { readonly kind: 'no-vm'; readonly errno: number }
  | { readonly kind: 'not-emptied'; readonly slot: number; readonly errno: string }
  | { readonly kind: 'no-other-process'; readonly because: string }

export const sayRefusal = (reason: KvmRefusal): string =>
  match(reason)
    .with(
      { kind: 'kernel' },
      ({ asked, is }) =>
        `the configuration wants kernel ${asked}, and this is ${is ?? 'none of those that are known'}`,
    )
    .with(
      { kind: 'spaces' },
      ({ asked, has }) =>
        `the configuration wants ${asked} address spaces, and this kernel gives a VM ${has}`,
    )
    .with(
      { kind: 'features' },
      ({ missing }) => `the program needs what this target does not offer: ${missing.join(', ')}`,
    )
    .with(
      { kind: 'size' },
      ({ size }) => `a slot of 0x${size.toString(16)} bytes would cost the kernel too much memory to try`,
    )
    .with({ kind: 'closed' }, () => 'the session is closed')
    .with({ kind: 'no-vm' }, ({ errno }) => `KVM_CREATE_VM failed (${errnoName(errno)})`)
    .with(
      { kind: 'not-emptied' },
      ({ errno, slot }) => `slot ${slot & 0xffff} of space ${slot >>> 16} could not be deleted (${errno})`,
    )
    .with(
      { kind: 'no-other-process' },
      ({ because }) => `the other process, which is to make the call, failed: ${because}`,
    )
    .exhaustive()

/** The error that the promises of a session are rejected with. */
export const refuse = (reason: KvmRefusal): TargetRefusal => new TargetRefusal(sayRefusal(reason))
