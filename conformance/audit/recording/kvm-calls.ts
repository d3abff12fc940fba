import type { Descriptor, Descriptors } from './descriptors.js'
import { nothing } from './reader.js'
import type { RecordedCall, VmId } from './record.js'
import type { Ioctl } from './strace-line.js'
import { readStraceRegion } from './strace-region.js'
import type { Tally } from './summary.js'

/** An ioctl with its place in the recording. */
export interface TimedIoctl {
  readonly line: number
  readonly endLine: number
  readonly tid: number | null
  readonly from: number | null
  readonly to: number | null
  readonly call: Ioctl
}

export interface KvmCalls {
  begun(ioctl: TimedIoctl): readonly RecordedCall[]
  ended(ioctl: TimedIoctl): readonly RecordedCall[]
  gone(tid: number | null): void
}

const SET = /^KVM_SET_USER_MEMORY_REGION(2?)$/
/** Calls that only a VM's descriptor answers: met on an unknown one, they show that it is a VM. */
const ON_A_VM = /^KVM_(?:SET_USER_MEMORY_REGION2?|GET_DIRTY_LOG|CLEAR_DIRTY_LOG|CREATE_VCPU)$/

/** Gives ioctls on KVM's descriptors their meaning: which VM they are about, and what they ask. */
export const createKvmCalls = (descriptors: Descriptors, tally: Tally): KvmCalls => {
  let vms = 0

  const begin = (
    at: TimedIoctl,
    fd: number | null,
    how: 'created' | 'met',
  ): readonly [VmId, RecordedCall] => {
    const vm = ++vms
    const replaces = fd === null ? [] : descriptors.bind(at.tid, fd, { kind: 'vm', vm })
    return [vm, { what: 'vm-begins', ...placeOf(at), vm, fd, how, source: 'strace', replaces }]
  }

  const ended = (at: TimedIoctl): readonly RecordedCall[] => {
    const { fd, name, args, outcome } = at.call
    if (!name.startsWith('KVM_')) {
      tally.otherLines++
      return nothing
    }
    const place = placeOf(at)
    if (name === 'KVM_CREATE_VM')
      return outcome.is === 'value'
        ? [begin(at, outcome.value, 'created')[1]]
        : [{ what: 'other', ...place, vm: null, name, outcome }]
    let target: Descriptor | null = descriptors.find(at.tid, fd)
    const records: RecordedCall[] = []
    if (target === null && ON_A_VM.test(name)) {
      const [vm, met] = begin(at, fd, 'met')
      target = { kind: 'vm', vm }
      records.push(met)
    }
    if (name === 'KVM_RUN') return [{ what: 'run', ...place, vm: target?.vm ?? null, outcome }]
    if (name === 'KVM_CHECK_EXTENSION')
      return [{ what: 'check-extension', ...place, vm: target?.vm ?? null, cap: args, outcome }]
    if (target === null) return [{ what: 'other', ...place, vm: null, name, outcome }]
    records.push(onVm(at, target.vm))
    return records
  }

  const onVm = (at: TimedIoctl, vm: VmId): RecordedCall => {
    const { name, args, outcome } = at.call
    const place = placeOf(at)
    const set = SET.exec(name)
    if (set !== null) {
      const region = readStraceRegion(args)
      tally.memslotCalls++
      if (region === null) tally.undecoded++
      return { what: 'set', ...place, vm, ioctl: set[1] === '2' ? 2 : 1, region, outcome }
    }
    switch (name) {
      case 'KVM_GET_DIRTY_LOG':
        return { what: 'get-dirty', ...place, vm, slot: null, outcome }
      case 'KVM_CLEAR_DIRTY_LOG':
        return { what: 'clear-dirty', ...place, vm, slot: null, outcome }
      case 'KVM_ENABLE_CAP':
        return { what: 'enable-cap', ...place, vm, outcome }
      case 'KVM_CREATE_VCPU':
        if (outcome.is === 'value') descriptors.bind(at.tid, outcome.value, { kind: 'vcpu', vm })
        return { what: 'create-vcpu', ...place, vm, vcpu: /^\d+$/.test(args) ? Number(args) : null, outcome }
      default:
        return { what: 'other', ...place, vm, name, outcome }
    }
  }

  return {
    begun: at => {
      if (!at.call.name.startsWith('KVM_')) return nothing
      const vm = descriptors.find(at.tid, at.call.fd)?.vm ?? null
      const call = at.call.name === 'KVM_RUN' ? 'run' : SET.test(at.call.name) ? 'set' : 'other'
      return [{ what: 'begins', ...placeOf(at), call, vm }]
    },
    ended,
    gone: tid => descriptors.gone(tid),
  }
}

const placeOf = (at: TimedIoctl) => ({
  line: at.line,
  endLine: at.endLine,
  tid: at.tid,
  from: at.from,
  to: at.to,
})
