import { addressOf } from '../../../spec/terms/numbers.js'
import type {
  ClearDirtyCall,
  CreateVcpuCall,
  EnableCapCall,
  GetDirtyCall,
  HostProtectCall,
  Operation,
  PokeCall,
  ReadAccess,
  SetCall,
  WriteAccess,
} from '../../../spec/terms/operation.js'
import { GUEST_MEMFD } from '../../../spec/terms/slot.js'

type GuestAccess = ReadAccess | (WriteAccess & { readonly op: 'write' | 'rmw' })

/** What a program in C can ask of a kernel, with libc and its uapi header alone. */
export type KernelOperation =
  | SetCall
  | GetDirtyCall
  | ClearDirtyCall
  | EnableCapCall
  | CreateVcpuCall
  | HostProtectCall
  | PokeCall
  | GuestAccess

const ACCESSES: ReadonlySet<Operation['op']> = new Set(['read', 'write', 'rmw', 'fetch'])
const OF_GUESTS: ReadonlySet<Operation['op']> = new Set([...ACCESSES, 'create-vcpu', 'host-protect', 'poke'])

/** Whether guests must run, or memory stand behind host addresses. */
export const isOfGuests = ({ op }: Operation): boolean => OF_GUESTS.has(op)

export const gpaOf = ({ gfn, offset }: Pick<ReadAccess, 'gfn' | 'offset'>): bigint =>
  addressOf(gfn) + BigInt(offset)

/** What the tables of the program's guests show, and the longest instruction. */
const SHOWN = 1n << 39n
const MAX_INSTRUCTION = 15
const MOVED: ReadonlySet<number> = new Set([1, 2, 4, 8])

const whyNoAccess = (o: GuestAccess, vcpus: ReadonlySet<number>): string | null => {
  if ('between' in o) return 'a program cannot change slots in the middle of an access'
  if (o.by === 'emulator') return 'who runs the code of a guest is the kernel’s choice'
  if (!vcpus.has(o.vcpu)) return `vCPU ${o.vcpu} was never created`
  if (gpaOf(o) >= SHOWN) return 'the address lies beyond the tables of its guests, which show 512 GiB'
  const size = 'data' in o ? o.data.length / 2 : o.size
  if (o.op === 'fetch') return size > MAX_INSTRUCTION ? `no instruction has ${size} bytes` : null
  return MOVED.has(size) ? null : `no instruction moves ${size} bytes at once`
}

const whyNoSet = ({ flags, ioctl, memfd }: SetCall): string | null =>
  memfd !== undefined || (ioctl === 2 && (flags & GUEST_MEMFD) !== 0)
    ? 'the program makes no guest_memfd'
    : null

/** Where addresses of userspace end; what goes to it is refused, and needs no memory. */
export const USER_END = 0x7fff_ffff_f000n

const whyNoMemory = (hva: bigint, bytes: bigint): string | null =>
  hva + bytes > USER_END ? 'no memory of a program lies there' : null

/** Why a program in C cannot do an operation; null where it can. `vcpus` are those that it has made by then. */
export const whyNotInC = (o: Operation, vcpus: ReadonlySet<number>): string | null => {
  if ('allocation' in o) return 'an allocation of the kernel cannot be made to fail'
  switch (o.op) {
    case 'set':
      return whyNoSet(o)
    case 'clear-dirty':
      return o.generation === undefined ? null : 'KVM_CLEAR_DIRTY_LOG has no room for a generation'
    case 'get-dirty':
    case 'enable-cap':
    case 'create-vcpu':
      return null
    case 'host-protect':
      return whyNoMemory(o.hva, o.size)
    case 'poke':
      return whyNoMemory(o.hva, BigInt(o.data.length / 2))
    case 'read':
    case 'fetch':
    case 'write':
    case 'rmw':
      return whyNoAccess(o as GuestAccess, vcpus)
    case 'batch':
      return 'no kernel has the batch'
    case 'internal-slot':
    case 'set-tss-addr':
      return 'which slots KVM has of its own is the processor’s and the kernel’s'
    case 'create-guest-memfd':
      return 'the program makes no guest_memfd'
    case 'set-vcpu':
    case 'enter-smm':
    case 'rsm':
      return 'the program’s vCPUs are never in SMM'
    case 'registers':
    case 'fetch-instruction':
    case 'translate':
    case 'read-virtual':
    case 'write-virtual':
    case 'rmw-virtual':
      return 'the program’s guests have registers and tables of its own'
    case 'lookup':
    case 'hva-range':
      return 'no call of the kernel tells it'
    case 'kernel-access':
    case 'walk':
    case 'ad-update':
      return 'no call makes the kernel or the processor do this by itself'
  }
}

/** The operations that a program in C can do, and of each other one why not. */
export const operationsInC = <One extends { readonly operation: Operation }>(
  all: readonly One[],
): {
  readonly done: readonly (One & { readonly operation: KernelOperation })[]
  readonly left: readonly { readonly one: One; readonly because: string }[]
} => {
  const vcpus = new Set<number>()
  const done: (One & { readonly operation: KernelOperation })[] = []
  const left: { readonly one: One; readonly because: string }[] = []
  for (const one of all) {
    const because = whyNotInC(one.operation, vcpus)
    if (because !== null) {
      left.push({ one, because })
      continue
    }
    if (one.operation.op === 'create-vcpu') vcpus.add(one.operation.vcpu)
    done.push(one as One & { readonly operation: KernelOperation })
  }
  return { done, left }
}
