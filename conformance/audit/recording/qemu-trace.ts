import { errnoName } from './errno-names.js'
import { readTraceLine, readTraceRegion, type TraceLine } from './qemu-trace-line.js'
import { nothing, type RecordingReader } from './reader.js'
import { type Outcome, type RecordedCall, slotName, type VmId } from './record.js'
import { countUnknown, emptyTally } from './summary.js'

/** One QEMU process has one VM. */
const VM: VmId = 1

const CLEAR = /^slot#(\d+) start (0x[0-9a-f]+) size (0x[0-9a-f]+)$/

const outcomeOf = (ret: number): Outcome =>
  ret < 0 ? { is: 'error', errno: errnoName(-ret) } : { is: 'value', value: ret }

/**
 * Reads QEMU's trace log (`-trace kvm_set_user_memory -trace kvm_run_exit -trace kvm_clear_dirty_log`). QEMU writes an
 * event once the ioctl has returned, so that a stamp is the end of a call and its beginning is unknown; and it writes
 * nothing when a vCPU enters KVM_RUN.
 */
export const createQemuTraceReader = (): RecordingReader => {
  const tally = emptyTally()
  let met = false

  const record = (found: TraceLine, line: number): RecordedCall | null => {
    const place = { line, endLine: line, tid: found.tid, from: null, to: found.at, vm: VM }
    switch (found.event) {
      case 'kvm_set_user_memory': {
        const call = readTraceRegion(found.text)
        if (call === null) return null
        tally.memslotCalls++
        return { what: 'set', ...place, ioctl: 1, region: call.region, outcome: outcomeOf(call.ret) }
      }
      case 'kvm_clear_dirty_log': {
        const call = CLEAR.exec(found.text)
        return {
          what: 'clear-dirty',
          ...place,
          slot: call && slotName(Number(call[1])),
          outcome: { is: 'unknown' },
        }
      }
      case 'kvm_run_exit':
        return { what: 'run', ...place, outcome: { is: 'unknown' } }
      default:
        return null
    }
  }

  return {
    tally,
    read: (text, line) => {
      const found = readTraceLine(text)
      const call = found === null ? null : record(found, line)
      if (found === null || (call === null && found.event === 'kvm_set_user_memory')) {
        countUnknown(tally, line)
        return nothing
      }
      if (found.at !== null) tally.stamped = true
      if (call === null) {
        tally.otherLines++
        return nothing
      }
      if (met) return [call]
      met = true
      return [
        { ...call, what: 'vm-begins', vm: VM, fd: null, how: 'met', source: 'qemu-trace', replaces: [] },
        call,
      ]
    },
    isWhole: text => / ret=0$/.test(text),
    end: () => nothing,
  }
}
