import { match } from 'ts-pattern'
import type { KernelName } from '../../../spec/terms/kernels.js'
import type { Mode, Paging } from '../../../spec/terms/paging/mode.js'
import { TargetRefusal } from '../target-error.js'
import { WALKED_BY_QEMU } from './emulated-processor.js'
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
  | { readonly kind: 'features'; readonly missing: readonly string[] }
  | { readonly kind: 'conflict'; readonly conflict: string }
  | { readonly kind: 'size'; readonly size: bigint }
  | { readonly kind: 'closed' }
  | { readonly kind: 'no-vm'; readonly errno: number }
  | { readonly kind: 'not-emptied'; readonly slot: number; readonly errno: string }
  | { readonly kind: 'no-other-process'; readonly because: string }
  | { readonly kind: 'no-guest'; readonly because: string }
  | { readonly kind: 'no-room' }
  | { readonly kind: 'no-memory'; readonly hva: bigint }
  | { readonly kind: 'late-guest' }
  | { readonly kind: 'no-vcpu'; readonly vcpu: number }
  | { readonly kind: 'no-registers' }
  | { readonly kind: 'no-instruction'; readonly bytes: number }
  | { readonly kind: 'no-code'; readonly mode: Mode }
  | { readonly kind: 'no-paging'; readonly paging: Paging }
  | { readonly kind: 'too-far'; readonly gpa: bigint }
  | { readonly kind: 'other-path'; readonly by: 'hardware' | 'emulator' }
  | { readonly kind: 'not-run'; readonly code: string }
  | { readonly kind: 'code-in-tables' }
  | { readonly kind: 'no-handler' }
  | { readonly kind: 'emulated-processor' }
  | { readonly kind: 'emulated-walk' }
  | { readonly kind: 'would-mark' }
  | { readonly kind: 'flags' }
  | { readonly kind: 'long-code' }
  | { readonly kind: 'control-bits' }
  | { readonly kind: 'alignment' }
  | { readonly kind: 'outside-segment' }
  | { readonly kind: 'root-kept' }
  | { readonly kind: 'hidden-half' }
  | { readonly kind: 'no-smi' }
  /** Threads that run at the same time do something that this target does not do then. */
  | { readonly kind: 'threads'; readonly because: string }
  | { readonly kind: 'no-such-space'; readonly as: number }

export const sayRefusal = (reason: KvmRefusal): string =>
  match(reason)
    .with(
      { kind: 'kernel' },
      ({ asked, is }) =>
        `the configuration wants kernel ${asked}, and this is ${is ?? 'none of those that are known'}`,
    )
    .with(
      { kind: 'features' },
      ({ missing }) => `the program needs what this target does not offer: ${missing.join(', ')}`,
    )
    .with({ kind: 'conflict' }, ({ conflict }) => conflict)
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
    .with({ kind: 'no-guest' }, ({ because }) => `no guest could be run: ${because}`)
    .with(
      { kind: 'no-room' },
      () => 'the program leaves no room for the slot of code that every guest here needs',
    )
    .with(
      { kind: 'no-memory' },
      ({ hva }) => `there is no memory of ours for host address 0x${hva.toString(16)} and what follows it`,
    )
    .with({ kind: 'late-guest' }, () => 'guests must be in the first program of a VM that has slots')
    .with({ kind: 'no-vcpu' }, ({ vcpu }) => `vCPU ${vcpu} was never created, so it cannot run`)
    .with({ kind: 'no-registers' }, () => 'the vCPU has no registers of the case, so it goes nowhere')
    .with(
      { kind: 'no-instruction' },
      ({ bytes }) => `no instruction moves ${bytes} bytes at once, or has so many`,
    )
    .with({ kind: 'no-code' }, ({ mode }) => `there is no code for loads and stores in ${mode} mode`)
    .with({ kind: 'no-paging' }, ({ paging }) => `guests here cannot use this paging: ${paging}`)
    .with(
      { kind: 'too-far' },
      ({ gpa }) => `guest address 0x${gpa.toString(16)} lies beyond the tables that show memory to a guest`,
    )
    .with(
      { kind: 'other-path' },
      ({ by }) =>
        `on this kernel ${by === 'hardware' ? 'the processor runs this code, and not KVM’s emulator' : 'KVM’s emulator runs this code, and not the processor'}`,
    )
    .with({ kind: 'not-run' }, ({ code }) => `code of this kind was not seen to run on this kernel: ${code}`)
    .with({ kind: 'code-in-tables' }, () => 'the instruction would lie over the tables that lead to it')
    .with(
      { kind: 'no-handler' },
      () => 'the vCPU shut down, and which exception it was is not seen: no handler can be reached',
    )
    .with(
      { kind: 'emulated-processor' },
      () => 'the processor is QEMU’s, which cuts RIP to 32 bits outside 64-bit code: no kernel’s doing',
    )
    .with({ kind: 'emulated-walk' }, () => WALKED_BY_QEMU)
    .with(
      { kind: 'flags' },
      () =>
        'the kernel does not look at RFLAGS, nor at the upper half of EFER, when registers are loaded, so it refuses none for them',
    )
    .with(
      { kind: 'long-code' },
      () =>
        'the kernel takes no 64-bit code outside long mode from userspace, where it means nothing and a guest can load it',
    )
    .with(
      { kind: 'control-bits' },
      () => 'the processor of a guest here does not have all that these bits of CR4 turn on',
    )
    .with(
      { kind: 'alignment' },
      () => 'the processor would hold this data to its alignment (CR0.AM, RFLAGS.AC), which no rule does',
    )
    .with(
      { kind: 'outside-segment' },
      () => 'a translation for a fetch is seen by fetching, and the code segment does not reach this address',
    )
    .with(
      { kind: 'root-kept' },
      () =>
        'the vCPU met no root, and a slot was moved or deleted since, by the program or for us, which frees it on this kernel',
    )
    .with(
      { kind: 'hidden-half' },
      () =>
        'kvm_pvm reports page faults at 0xffff8000_00000000 and the 512 GiB behind it otherwise on one CPU than on another (BUGS_FOUND.md)',
    )
    .with(
      { kind: 'no-smi' },
      () =>
        'SMM is entered and left here by KVM_SET_VCPU_EVENTS, which neither saves registers nor refuses what is so already',
    )
    .with({ kind: 'threads' }, ({ because }) => `of threads that run at the same time ${because}`)
    .with({ kind: 'no-such-space' }, ({ as }) => `no vCPU here can be brought into space ${as}`)
    .with(
      { kind: 'would-mark' },
      () => 'a translation for a write is seen by writing, and here the write itself would be logged',
    )
    .exhaustive()

/** The error that the promises of a session are rejected with. */
export const refuse = (reason: KvmRefusal): TargetRefusal => new TargetRefusal(sayRefusal(reason))
