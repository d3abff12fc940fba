import { ON_A_VM, ON_A_VM_TOO, ON_DEV_KVM } from './kvm-requests.js'
import type { Descriptor, Processes } from './processes.js'
import type { Hear } from './reader.js'
import type { RecordedRegion, VmId } from './record.js'
import { placeOf, type RecordedIoctl, type RegionReader, SET } from './recorded-ioctl.js'
import type { Tally } from './summary.js'

/** Tells what a call is about: /dev/kvm, a VM, or a vCPU of one. */
export interface Targets {
  /** A VM appears; its number. */
  begin(at: RecordedIoctl, fd: number | null, how: 'created' | 'met', type: number | null): VmId
  /** Null: it is not known, or nothing of KVM. */
  of(at: RecordedIoctl): Descriptor | null
  /** A vCPU of the VM was made. */
  made(vm: VmId): void
  /** Which memory a slot of a VM has behind it: addresses of two processes are hardly ever the same. */
  remember(vm: VmId, region: RecordedRegion): void
}

/** Slots and memory of a VM by which it is told from another. */
const KEPT_BACKINGS = 4096
const VCPU_NAME = /^(?:anon_inode:)?\[?kvm-vcpu(?::(\d+))?\]?$/
const VM_NAME = /^(?:anon_inode:)?\[?kvm-vm\]?$/

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

/** Errors of a descriptor that is closed, is no VM, or is the VM of another process. */
const NOT_ITS: ReadonlySet<string> = new Set(['EBADF', 'ENOTTY', 'EIO'])

/** A call that says nothing of whose descriptor it was made on. */
const showsNothing = ({ outcome }: RecordedIoctl): boolean =>
  outcome.is === 'error' && NOT_ITS.has(outcome.errno)

const kindNeeded = ({ name, fdName }: RecordedIoctl): Descriptor['kind'] | null => {
  if (name === 'KVM_RUN') return 'vcpu'
  if (ON_A_VM.has(name)) return 'vm'
  if (ON_DEV_KVM.has(name)) return 'dev-kvm'
  return kindNamed(fdName)
}

export const createTargets = (
  processes: Processes,
  tally: Tally,
  read: RegionReader,
  hear: Hear,
): Targets => {
  let vms = 0
  const backings = new Map<VmId, Set<string>>()
  const created = new Set<VmId>()
  /** VMs of which all vCPUs are known: their creation was recorded, and that of a vCPU. */
  const withVcpus = new Set<VmId>()

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

  const remember = (vm: VmId, region: RecordedRegion): void => {
    const known = backings.get(vm)
    const name = `${region.as}:${region.id}:${region.hva}`
    if (known === undefined) backings.set(vm, new Set([name]))
    else if (known.size < KEPT_BACKINGS) known.add(name)
  }

  const targetOf = (at: RecordedIoctl): Descriptor | null => {
    const needs = kindNeeded(at)
    if (showsNothing(at) && !processes.knows(at.tid)) return null
    const known = processes.find(at.tid, at.fd, needs)
    if (known === 'unclear') return byBacking(at)
    if (known !== null) return known
    if (needs === 'dev-kvm') {
      if (at.outcome.is === 'value' && processes.knows(at.tid))
        processes.bind(at.tid, at.fd, { kind: 'dev-kvm' })
      return null
    }
    if (needs === 'vcpu') return meetVcpu(at)
    if (needs === 'vm') return showsNothing(at) ? null : meetVm(at)
    // One that fails shows nothing: it may be a probe of something else.
    if (!ON_A_VM_TOO.has(at.name) || at.outcome.is === 'error') return null
    const vm = processes.find(at.tid, at.fd, 'vm')
    return vm === 'unclear' ? null : (vm ?? meetVm(at))
  }

  return {
    begin,
    of: targetOf,
    made: vm => {
      if (created.has(vm)) withVcpus.add(vm)
    },
    remember,
  }
}
