import { errnoName, errnoOfWords } from '../errno-names.js'
import { requestName } from '../kvm-requests.js'
import type { Format, Hear, RecordingReader } from '../reader.js'
import type { Outcome, Recorded, RunExit, VmId } from '../record.js'
import { slotName } from '../record.js'
import { countUnknown, emptyTally, type Tally } from '../summary.js'
import { qemuLineIs, readErrorReport, readTraceLine, type TraceLine } from './line.js'
import { readEventRegion, readEventSlot, readSimpleRegion } from './region.js'

const outcomeOf = (ret: number): Outcome =>
  ret < 0 ? { is: 'error', errno: errnoName(-ret) } : { is: 'value', value: ret }

/** No reason to exit. */
const NO_EXIT = -1
const UNKNOWN: Outcome = { is: 'unknown' }
/** kvm_run.exit_reason (include/uapi/linux/kvm.h). */
const EXITS: ReadonlyMap<number, RunExit> = new Map([
  [6, 'mmio'],
  [17, 'internal error'],
])

/** An event, where it stands. */
interface At {
  readonly line: number
  readonly at: number | null
}

/** What one thread is in the middle of. */
interface Thread {
  vm: VmId
  /** The VM is the latest of several: what the thread runs may be another's. */
  readonly guessed: boolean
  running: (At & { readonly vcpu: number | null }) | null
  /** Memslot ioctls that began and whose event has not come: QEMU writes it when the call has returned. */
  readonly sets: At[]
}

/**
 * Reads QEMU's trace. An event of an ioctl is written before it is made, `kvm_set_user_memory` once it has returned,
 * `kvm_run_exit` when KVM_RUN has returned without an error. A thread that writes anything is not inside KVM_RUN.
 */
export const createQemuReader = (hear: Hear): RecordingReader => {
  const tally: Tally = { ...emptyTally(), interleaved: true, failures: true }
  const threads = new Map<number | null, Thread>()
  let vms = 0
  let sum = 0
  let last: number | null = null
  let ioctls = false

  const begin = (at: Recorded, how: 'created' | 'met'): VmId => {
    const vm = ++vms
    hear({ kind: 'vm-begins', ...at, vm, fd: null, how, type: null, replaces: [] })
    return vm
  }

  /** One QEMU has one VM. Of several in one log it is known who created which, and whose vCPU a thread runs is not. */
  const threadOf = (at: Recorded): Thread => {
    const known = threads.get(at.tid)
    if (known !== undefined) return known
    if (vms > 1) tally.ambiguous++
    const guessed = vms > 1
    const thread = { vm: vms === 0 ? begin(at, 'met') : vms, guessed, running: null, sets: [] }
    threads.set(at.tid, thread)
    return thread
  }

  const secondsOf = ({ at, form }: TraceLine, line: number): number | null => {
    if (at === null) return null
    tally.resolution = 1e-6
    if (form === 'simple') {
      tally.relative = true
      sum += at
      return sum
    }
    if (last !== null && at < last - 0.001) tally.backwards ??= line
    if (last === null || at > last) last = at
    return at
  }

  const leave = (place: Recorded, thread: Thread, exit: number | null): void => {
    const { running } = thread
    if (running === null && exit === null) return
    thread.running = null
    hear({
      kind: 'run',
      ...place,
      line: running?.line ?? place.line,
      from: running?.at ?? null,
      vm: thread.guessed ? null : thread.vm,
      vcpu: running?.vcpu ?? null,
      end: exit === null ? 'next line' : 'line',
      exit: exit === null ? null : (EXITS.get(exit) ?? null),
      outcome: UNKNOWN,
    })
  }

  const ioctl = (place: Recorded, thread: Thread, text: string): void => {
    const found = /type 0x([0-9a-f]+)(?:, arg (0x[0-9a-f]+))?/.exec(text)
    const name = requestName(Number.parseInt(found?.[1] ?? '0', 16))
    if (name === null) return
    ioctls = true
    const { vm } = thread
    const begun = { ...place, from: place.to, to: null }
    switch (name) {
      case 'KVM_SET_USER_MEMORY_REGION':
      case 'KVM_SET_USER_MEMORY_REGION2':
        thread.sets.push({ line: place.line, at: place.to })
        hear({ kind: 'begins', ...begun, call: 'set', vm })
        return
      case 'KVM_RUN':
        tally.entries = true
        thread.running = { line: place.line, at: place.to, vcpu: vcpuOf(text) }
        hear({ kind: 'begins', ...begun, call: 'run', vm: thread.guessed ? null : vm })
        return
      case 'KVM_CREATE_VCPU':
        hear({
          kind: 'create-vcpu',
          ...begun,
          vm,
          vcpu: Number(found?.[2] ?? 0),
          id: Number(found?.[2] ?? 0),
          outcome: UNKNOWN,
        })
        return
      case 'KVM_GET_DIRTY_LOG':
        // It is written before the call is made; one that fails ends a migration, which shows elsewhere.
        hear({ kind: 'get-dirty', ...begun, vm, outcome: { is: 'value', value: 0 } })
        return
      case 'KVM_CLEAR_DIRTY_LOG':
        hear({ kind: 'clear-dirty', ...begun, vm, outcome: UNKNOWN })
        return
      case 'KVM_CHECK_EXTENSION':
        return // its answer is not traced
      default:
        hear({
          kind: 'other',
          ...begun,
          vm,
          name,
          argument: found?.[2] === undefined ? null : BigInt(found[2]),
          outcome: UNKNOWN,
        })
    }
  }

  const set = (found: TraceLine, place: Recorded, thread: Thread): void => {
    const call = found.form === 'simple' ? readSimpleRegion(found.text) : readEventRegion(found.text)
    tally.memslotCalls++
    const { sets } = thread
    const begun = sets.at(-1)
    // Where a slot's RO changes, QEMU deletes it first and writes only the call that creates it again.
    const hidden = sets.length > 1 ? sets[0] : undefined
    sets.length = 0
    tally.stamps = place.to === null ? 'none' : begun === undefined ? 'end' : 'both'
    const slot = call === null ? readEventSlot(found.text) : { as: call.region.as, id: call.region.id }
    const outcome = call === null ? UNKNOWN : outcomeOf(call.ret)
    const stands = { ...place, line: begun?.line ?? place.line, from: begun?.at ?? null }
    if (thread.guessed) {
      hear({ kind: 'may-set', ...stands, vms: Array.from({ length: vms }, (_, i) => i + 1), slot, outcome })
      return
    }
    hear({
      kind: 'set',
      ...stands,
      vm: thread.vm,
      ioctl: null,
      region: call?.region ?? null,
      slot,
      outcome,
      ...(hidden === undefined ? {} : { hidden: { line: hidden.line, at: hidden.at } }),
    })
  }

  const event = (found: TraceLine, line: number): void => {
    const at = secondsOf(found, line)
    if (found.tid !== null) tally.threads = true
    const place = { line, endLine: line, tid: found.tid, from: null, to: at }
    if (found.event === 'kvm_ioctl' && requestName(requestOf(found.text)) === 'KVM_CREATE_VM') {
      const vm = begin({ ...place, from: at }, 'created')
      threads.set(found.tid, { vm, guessed: false, running: null, sets: [] })
      tally.otherLines++
      return
    }
    const kvms = found.event.startsWith('kvm_')
    if (!kvms || (found.event === 'kvm_ioctl' && !threads.has(found.tid))) {
      tally.otherLines++
      const known = threads.get(found.tid)
      if (known !== undefined && found.tid !== null) leave(place, known, null)
      return
    }
    const thread = threadOf(place)
    if (found.event === 'kvm_run_exit') {
      leave(place, thread, Number(/reason (\d+)/.exec(found.text)?.[1] ?? 0))
      tally.otherLines++
      return
    }
    // KVM_RUN returned with EINTR or EAGAIN.
    if (found.event === 'kvm_io_window_exit') leave(place, thread, NO_EXIT)
    else if (found.tid !== null) leave(place, thread, null)
    switch (found.event) {
      case 'kvm_set_user_memory':
        set(found, place, thread)
        return
      case 'kvm_vm_ioctl':
      case 'kvm_vcpu_ioctl':
        ioctl(place, thread, found.text)
        break
      case 'kvm_clear_dirty_log':
        if (!ioctls) hear({ kind: 'clear-dirty', ...place, vm: thread.vm, outcome: UNKNOWN })
        break
      case 'kvm_dirty_ring_reap':
      case 'kvm_dirty_ring_flush':
        hear({
          kind: 'other',
          ...place,
          vm: thread.vm,
          name: 'KVM_RESET_DIRTY_RINGS',
          argument: null,
          outcome: UNKNOWN,
        })
        break
    }
    tally.otherLines++
  }

  const report = (text: string, line: number): boolean => {
    const found = readErrorReport(text)
    if (found === null) return false
    tally.otherLines++
    // Where calls are traced as well, this one has been heard already.
    if (tally.memslotCalls > 0) return true
    const place = { line, endLine: line, tid: null, from: null, to: null }
    const vm = threadOf(place).vm
    hear({
      kind: 'failed',
      ...place,
      vm,
      slot: slotName(found.slot),
      gpa: found.gpa,
      size: found.size,
      errno: errnoOfWords(found.words),
    })
    return true
  }

  /** What threads are inside of ends, and when is not known. */
  const stop = (line: number): void => {
    for (const [tid, thread] of threads) {
      if (thread.running === null) continue
      const { running } = thread
      thread.running = null
      hear({
        kind: 'run',
        line: running.line,
        endLine: line,
        tid,
        from: running.at,
        to: null,
        vm: thread.guessed ? null : thread.vm,
        vcpu: running.vcpu,
        end: 'unknown',
        exit: null,
        outcome: UNKNOWN,
      })
    }
  }

  return {
    tally,
    read: (text, line) => {
      if (report(text, line)) return 'whole'
      const is = qemuLineIs(text)
      const found = is === 'whole' ? readTraceLine(text) : null
      if (found !== null) event(found, line)
      return is
    },
    broken: (text, line) => {
      countUnknown(tally, line, text, 'a whole event, like `kvm_set_user_memory Slot#0 flags=… ret=0`')
      const found = readTraceLine(text)
      if (found?.event === 'kvm_set_user_memory') event(found, line)
    },
    isWhole: text => / ret=0$/.test(text) || (qemuLineIs(text) === 'whole' && !/ ret=-?\d*$/.test(text)),
    leftOut: stop,
    end: stop,
  }
}

const vcpuOf = (text: string): number | null => {
  const index = /cpu_index (\d+)/.exec(text)?.[1]
  return index === undefined ? null : Number(index)
}

const requestOf = (text: string): number => Number.parseInt(/type 0x([0-9a-f]+)/.exec(text)?.[1] ?? '0', 16)

export const qemu: Format = { name: 'qemu-trace', is: qemuLineIs, reader: createQemuReader }
