import { errnoName, errnoOfWords } from '../errno-names.js'
import { requestName } from '../kvm-requests.js'
import type { Format, Hear, RecordingReader } from '../reader.js'
import type { Outcome, Recorded } from '../record.js'
import { slotName } from '../record.js'
import { countUnknown, emptyTally, type Tally } from '../summary.js'
import { createTraceClock } from './clock.js'
import { qemuLineIs, readErrorReport, readTraceLine, type TraceLine } from './line.js'
import { readEventRegion, readEventSlot, readSimpleRegion } from './region.js'
import { createThreads, NO_EXIT, type Thread } from './threads.js'

const outcomeOf = (ret: number): Outcome =>
  ret < 0 ? { is: 'error', errno: errnoName(-ret) } : { is: 'value', value: ret }

const UNKNOWN: Outcome = { is: 'unknown' }

/**
 * Reads QEMU's trace. An event of an ioctl is written before it is made, `kvm_set_user_memory` once it has returned,
 * `kvm_run_exit` when KVM_RUN has returned without an error. A thread that writes anything is not inside KVM_RUN.
 */
export const createQemuReader = (hear: Hear): RecordingReader => {
  const tally: Tally = { ...emptyTally(), interleaved: true, failures: true }
  const threads = createThreads(hear, tally)
  const secondsOf = createTraceClock(tally)
  let ioctls = false

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
      hear({ kind: 'may-set', ...stands, vms: threads.vms(), slot, outcome })
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
      threads.created({ ...place, from: at })
      tally.otherLines++
      return
    }
    const kvms = found.event.startsWith('kvm_')
    if (!kvms || (found.event === 'kvm_ioctl' && threads.known(found.tid) === null)) {
      tally.otherLines++
      const known = threads.known(found.tid)
      if (known !== null && found.tid !== null) threads.leave(place, known, null)
      return
    }
    const thread = threads.of(place)
    if (found.event === 'kvm_run_exit') {
      threads.leave(place, thread, Number(/reason (\d+)/.exec(found.text)?.[1] ?? 0))
      tally.otherLines++
      return
    }
    // KVM_RUN returned with EINTR or EAGAIN.
    if (found.event === 'kvm_io_window_exit') threads.leave(place, thread, NO_EXIT)
    else if (found.tid !== null) threads.leave(place, thread, null)
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
    const vm = threads.of(place).vm
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
    leftOut: threads.stop,
    end: threads.stop,
  }
}

const vcpuOf = (text: string): number | null => {
  const index = /cpu_index (\d+)/.exec(text)?.[1]
  return index === undefined ? null : Number(index)
}

const requestOf = (text: string): number => Number.parseInt(/type 0x([0-9a-f]+)/.exec(text)?.[1] ?? '0', 16)

export const qemu: Format = { name: 'qemu-trace', is: qemuLineIs, reader: createQemuReader }
