import { capNumber } from './kvm-requests.js'
import type { Processes } from './processes.js'
import type { Hear } from './reader.js'
import type { VmId } from './record.js'
import { numberOf, placeOf, type RecordedIoctl, type RegionReader, SET } from './recorded-ioctl.js'
import type { Tally } from './summary.js'
import { createTargets } from './targets.js'

export interface KvmCalls {
  begun(ioctl: RecordedIoctl): void
  ended(ioctl: RecordedIoctl): void
  /** The VM whose vCPU `fd` is, to this thread; null: not known. Quick, since it is asked for every KVM_RUN. */
  vcpu(tid: number, fd: number): VmId | null
}

const idOf = (args: string): number | null => {
  const id = numberOf(args)
  return id === null ? null : Number(id)
}

/** Gives ioctls on KVM's descriptors their meaning: which VM they are about, and what they ask. */
export const createKvmCalls = (
  processes: Processes,
  tally: Tally,
  read: RegionReader,
  hear: Hear,
): KvmCalls => {
  const targets = createTargets(processes, tally, read, hear)
  const vcpus = new Map<number, { fd: number; version: number; vm: VmId | null }>()

  const ended = (at: RecordedIoctl): void => {
    const { name, args, outcome } = at
    if (name === 'KVM_CREATE_VM') {
      if (outcome.is !== 'value') return
      processes.begins(at.tid)
      processes.bind(at.tid, at.fd, { kind: 'dev-kvm' })
      const type = numberOf(args)
      targets.begin(at, outcome.value, 'created', type === null ? null : Number(type))
      return
    }
    if (name === 'KVM_CREATE_VCPU' && outcome.is === 'value')
      processes.makesVcpu(at.tid, at.fd, outcome.value)
    const target = targets.of(at)
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
      else targets.remember(vm, region)
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
          targets.made(vm)
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
      const target = targets.of(at)
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
