import { capNumber, ON_A_VM, ON_A_VM_TOO, ON_DEV_KVM } from './kvm-requests.js'
import type { Descriptor, Processes } from './processes.js'
import type { Hear } from './reader.js'
import type { Outcome, RecordedRegion, RunEnd, RunExit, SlotName, VmId } from './record.js'
import type { Tally } from './summary.js'

/** An ioctl as recorded, with its place. */
export interface RecordedIoctl {
  readonly line: number
  readonly endLine: number
  readonly tid: number | null
  readonly from: number | null
  readonly to: number | null
  readonly stack?: readonly string[]
  readonly fd: number
  /** What the recording says the descriptor is (`strace -y`), like `anon_inode:kvm-vm`; null: nothing. */
  readonly fdName: string | null
  readonly name: string
  readonly args: string
  readonly outcome: Outcome
  readonly end: RunEnd
  readonly exit: RunExit | null
}

export interface KvmCalls {
  begun(ioctl: RecordedIoctl): void
  ended(ioctl: RecordedIoctl): void
  /** The VM whose vCPU `fd` is, to this thread; null: not known. Quick, since it is asked for every KVM_RUN. */
  vcpu(tid: number, fd: number): VmId | null
}

/** How formats print the argument of a memslot call. */
export interface RegionReader {
  region(args: string): RecordedRegion | null
  slot(args: string): SlotName | null
}

/** Slots and memory of a VM by which it is told from another. */
const KEPT_BACKINGS = 4096
const SET = /^KVM_SET_USER_MEMORY_REGION(2?)$/
const VCPU_NAME = /^(?:anon_inode:)?\[?kvm-vcpu(?::(\d+))?\]?$/
const VM_NAME = /^(?:anon_inode:)?\[?kvm-vm\]?$/

const numberOf = (args: string): bigint | null => {
  const plain = args.replace(/\s*\/\*.*/, '').trim()
  return /^(?:0x[0-9a-f]+|\d+)$/i.test(plain) ? BigInt(plain) : null
}

const idOf = (args: string): number | null => {
  const id = numberOf(args)
  return id === null ? null : Number(id)
}

const kindNamed = (name: string | null): Descriptor['kind'] | null => {
  if (name === null) return null
  if (VM_NAME.test(name)) return 'vm'
  if (VCPU_NAME.test(name)) return 'vcpu'
  return name.startsWith('/dev/kvm') ? 'dev-kvm' : null
}

const vcpuNumber = (name: string | null): number | null => {
  const number = name === null ? undefined : VCPU_NAME.exec(name)?.[1]
  return number === undefined ? null : Number(number)
}

const kindNeeded = ({ name, fdName }: RecordedIoctl): Descriptor['kind'] | null => {
  if (name === 'KVM_RUN') return 'vcpu'
  if (ON_A_VM.has(name)) return 'vm'
  if (ON_DEV_KVM.has(name)) return 'dev-kvm'
  return kindNamed(fdName)
}

/** Gives ioctls on KVM's descriptors their meaning: which VM they are about, and what they ask. */
export const createKvmCalls = (
  processes: Processes,
  tally: Tally,
  read: RegionReader,
  hear: Hear,
): KvmCalls => {
  let vms = 0
  const backings = new Map<VmId, Set<string>>()
  const created = new Set<VmId>()
  /** VMs of which all vCPUs are known: their creation was recorded, and that of a vCPU. */
  const withVcpus = new Set<VmId>()
  const vcpus = new Map<number, { fd: number; version: number; vm: VmId | null }>()

  const begin = (at: RecordedIoctl, fd: number | null, how: 'created' | 'met', type: number | null): VmId => {
    const vm = ++vms
    if (how === 'created') created.add(vm)
    const replaces = fd === null ? [] : processes.bind(at.tid, fd, { kind: 'vm', vm })
    hear({ kind: 'vm-begins', ...placeOf(at), vm, fd, how, type, replaces })
    return vm
  }

  const vmsOf = (tid: number | null): readonly VmId[] => [
    ...new Set(processes.all(tid).flatMap(it => (it.kind === 'dev-kvm' ? [] : [it.vm]))),
  ]

  /** A vCPU shows whose VM is not known: whatever was taken for the vCPUs of one VM may be another's. */
  const anyOnes = (at: RecordedIoctl): void => {
    tally.ambiguous++
    const name = 'KVM_CREATE_VCPU'
    hear({ kind: 'other', ...placeOf(at), vm: null, name, argument: null, outcome: at.outcome })
  }

  /** A vCPU whose making was not recorded. */
  const meetVcpu = (at: RecordedIoctl): Descriptor | null => {
    const [one, ...others] = vmsOf(at.tid)
    // With one VM every vCPU is its; with several it cannot be told whose this one is.
    if (others.length > 0) {
      tally.ambiguous++
      return null
    }
    const number = vcpuNumber(at.fdName)
    const isTaken = (it: Descriptor) => it.kind === 'vcpu' && number !== null && it.number === number
    // A VM has one vCPU of a number, and one that was made before our eyes has no other vCPUs.
    const another = one === undefined || withVcpus.has(one) || processes.all(at.tid).some(isTaken)
    const vm = another ? begin(at, null, 'met', null) : one
    const vcpu: Descriptor = { kind: 'vcpu', vm, number }
    processes.bind(at.tid, at.fd, vcpu)
    if (another && one !== undefined) anyOnes(at)
    return vcpu
  }

  /** A VM whose creation was not recorded. */
  const meetVm = (at: RecordedIoctl): Descriptor => {
    const there = processes.all(at.tid)
    const known = vmsOf(at.tid)
    // Of several it may be any, and then nothing is told of their vCPUs.
    const nameless = known.find(vm => !there.some(it => it.kind === 'vm' && it.vm === vm))
    if (nameless !== undefined) {
      processes.bind(at.tid, at.fd, { kind: 'vm', vm: nameless })
      return { kind: 'vm', vm: nameless }
    }
    const vm = begin(at, at.fd, 'met', null)
    // vCPUs that were taken for those of the one VM there was may be this one's.
    if (there.some(({ kind }) => kind === 'vcpu')) anyOnes(at)
    return { kind: 'vm', vm }
  }

  /** Of several VMs that a memslot call may be about, the one whose slot has this memory behind it. */
  const byBacking = (at: RecordedIoctl): Descriptor | null => {
    const region = SET.test(at.name) ? read.region(at.args) : null
    if (region === null) return null
    const name = `${region.as}:${region.id}:${region.hva}`
    const [vm, ...others] = processes.candidates(at.fd).filter(one => backings.get(one)?.has(name) === true)
    if (vm === undefined || others.length > 0) return null
    processes.belongs(at.tid, vm)
    return { kind: 'vm', vm }
  }

  /** Which memory a slot of a VM has had behind it: addresses of two processes are hardly ever the same. */
  const remember = (vm: VmId, region: RecordedRegion): void => {
    const known = backings.get(vm)
    const name = `${region.as}:${region.id}:${region.hva}`
    if (known === undefined) backings.set(vm, new Set([name]))
    else if (known.size < KEPT_BACKINGS) known.add(name)
  }

  const targetOf = (at: RecordedIoctl): Descriptor | null => {
    const needs = kindNeeded(at)
    const known = processes.find(at.tid, at.fd, needs)
    if (known === 'unclear') return byBacking(at)
    if (known !== null) return known
    if (needs === 'dev-kvm') {
      if (at.outcome.is === 'value' && processes.knows(at.tid))
        processes.bind(at.tid, at.fd, { kind: 'dev-kvm' })
      return null
    }
    if (needs === 'vcpu') return meetVcpu(at)
    if (needs === 'vm') return meetVm(at)
    if (!ON_A_VM_TOO.has(at.name)) return null
    const vm = processes.find(at.tid, at.fd, 'vm')
    return vm === 'unclear' ? null : (vm ?? meetVm(at))
  }

  const ended = (at: RecordedIoctl): void => {
    const { name, args, outcome } = at
    if (name === 'KVM_CREATE_VM') {
      if (outcome.is !== 'value') return
      processes.makesVm(at.tid)
      processes.bind(at.tid, at.fd, { kind: 'dev-kvm' })
      const type = numberOf(args)
      begin(at, outcome.value, 'created', type === null ? null : Number(type))
      return
    }
    if (name === 'KVM_CREATE_VCPU' && outcome.is === 'value')
      processes.makesVcpu(at.tid, at.fd, outcome.value)
    const target = targetOf(at)
    const vm = target === null || target.kind === 'dev-kvm' ? null : target.vm
    const place = placeOf(at)
    const set = SET.exec(name)
    if (set !== null && vm === null) {
      tally.memslotCalls++
      const region = read.region(args)
      const slot = region === null ? read.slot(args) : { as: region.as, id: region.id }
      hear({ kind: 'may-set', ...place, vms: processes.candidates(at.fd), slot, outcome })
      return
    }
    if (set !== null && vm !== null) {
      const region = read.region(args)
      tally.memslotCalls++
      if (region === null) tally.undecoded++
      else remember(vm, region)
      const slot = region === null ? read.slot(args) : { as: region.as, id: region.id }
      hear({ kind: 'set', ...place, vm, ioctl: set[1] === '2' ? 2 : 1, region, slot, outcome })
      return
    }
    switch (name) {
      case 'KVM_RUN':
        hear({ kind: 'run', ...place, vm, vcpu: at.fd, end: at.end, exit: at.exit, outcome })
        return
      case 'KVM_CHECK_EXTENSION':
        hear({ kind: 'check-extension', ...place, vm, cap: capNumber(args), outcome })
        return
      case 'KVM_GET_DIRTY_LOG':
        if (vm !== null) hear({ kind: 'get-dirty', ...place, vm, outcome })
        return
      case 'KVM_CLEAR_DIRTY_LOG':
        if (vm !== null) hear({ kind: 'clear-dirty', ...place, vm, outcome })
        return
      case 'KVM_CREATE_VCPU':
        if (vm === null) {
          hear({ kind: 'other', ...place, vm, name, argument: null, outcome })
          return
        }
        if (outcome.is === 'value') {
          processes.bind(at.tid, outcome.value, { kind: 'vcpu', vm, number: idOf(args) })
          if (created.has(vm)) withVcpus.add(vm)
        }
        hear({
          kind: 'create-vcpu',
          ...place,
          vm,
          vcpu: outcome.is === 'value' ? outcome.value : null,
          id: idOf(args),
          outcome,
        })
        return
      default:
        hear({ kind: 'other', ...place, vm, name, argument: numberOf(args), outcome })
    }
  }

  return {
    begun: at => {
      // What a call that creates something makes tells whose it is, and is known when it has ended.
      if (at.name === 'KVM_CREATE_VM' || at.name === 'KVM_CREATE_VCPU') return
      const target = targetOf(at)
      const vm = target === null || target.kind === 'dev-kvm' ? null : target.vm
      const call = at.name === 'KVM_RUN' ? 'run' : SET.test(at.name) ? 'set' : 'other'
      if (vm !== null || call === 'run') hear({ kind: 'begins', ...placeOf(at), call, vm })
    },
    ended,
    vcpu: (tid, fd) => {
      const version = processes.version()
      const known = vcpus.get(tid)
      if (known !== undefined && known.fd === fd && known.version === version) return known.vm
      if (!processes.knows(tid)) return null
      const found = processes.find(tid, fd, 'vcpu')
      const vm = found !== null && found !== 'unclear' && found.kind === 'vcpu' ? found.vm : null
      vcpus.set(tid, { fd, version: processes.version(), vm })
      return vm
    },
  }
}

const placeOf = (at: RecordedIoctl) => ({
  line: at.line,
  endLine: at.endLine,
  tid: at.tid,
  from: at.from,
  to: at.to,
  ...(at.stack === undefined ? {} : { stack: at.stack }),
})
