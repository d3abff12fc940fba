import type { LineIs } from '../reader.js'
import { readEventRegion, readSimpleRegion } from './region.js'

/** A line of QEMU's trace, in any of its forms. */
export interface TraceLine {
  readonly tid: number | null
  readonly at: number | null
  readonly event: string
  readonly text: string
  readonly form: 'log' | 'iso' | 'bare' | 'simple'
}

// `23396@1795348916.607693:kvm_set_user_memory Slot#0 …`
const LOG = /^(\d+)@(\d+\.\d+):([a-z][a-z0-9_]*)(?: (.*))?$/
// `2025-08-25T10:30:05.123456Z kvm_set_user_memory Slot#0 …`, with the guest's name or the program's before it.
const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)Z (?:[^:]*: ?)?(?:\S+ )??(kvm_[a-z0-9_]+)(?: (.*))?$/
// `kvm_set_user_memory Slot#0 …`: any word could begin a line, so only KVM's events are taken for events then.
const BARE = /^(kvm_[a-z0-9_]+)(?: (.*))?$/
// `kvm_set_user_memory 12.345 pid=1234 slot=0x0 …`, microseconds since the event before (simpletrace.py).
const SIMPLE = /^([a-z][a-z0-9_]*) (\d+\.\d+) pid=(\d+)(?: (.*))?$/

export const readTraceLine = (line: string): TraceLine | null => {
  const log = LOG.exec(line)
  if (log !== null)
    return {
      tid: Number(log[1]),
      at: Number(log[2]),
      event: log[3] as string,
      text: log[4] ?? '',
      form: 'log',
    }
  const simple = SIMPLE.exec(line)
  if (simple !== null)
    return {
      tid: Number(simple[3]),
      at: Number(simple[2]) / 1e6,
      event: simple[1] as string,
      text: simple[4] ?? '',
      form: 'simple',
    }
  const iso = ISO.exec(line)
  if (iso !== null)
    return {
      tid: null,
      at:
        Date.parse(`${iso[1]?.slice(0, 19)}Z`) / 1000 + Number(`0${/\.\d+$/.exec(iso[1] ?? '')?.[0] ?? ''}`),
      event: iso[2] as string,
      text: iso[3] ?? '',
      form: 'iso',
    }
  const bare = BARE.exec(line)
  return bare === null
    ? null
    : { tid: null, at: null, event: bare[1] as string, text: bare[2] ?? '', form: 'bare' }
}

/** QEMU's report of a memslot call that failed, whatever stands before it. */
export interface ErrorReport {
  readonly slot: number
  readonly gpa: bigint
  readonly size: bigint
  readonly words: string
}

const REPORT =
  /KVM_SET_USER_MEMORY_REGION2? failed, slot=(\d+),\s+start=0x([0-9a-f]+),\s+size=0x([0-9a-f]+)(?:,\s+\w+=-?(?:0x)?[0-9a-f]+)*: (.+)$/
const REPORT_BEGINS = /kvm_set_user_memory_region:(?: KVM_SET_USER_MEMORY_REGION2?\b.*)?$/

export const readErrorReport = (line: string): ErrorReport | null => {
  const found = REPORT.exec(line)
  return found === null
    ? null
    : {
        slot: Number(found[1]),
        gpa: BigInt(`0x${found[2]}`),
        size: BigInt(`0x${found[3]}`),
        words: (found[4] as string).trim(),
      }
}

// Events whose text must be read: one that is not yet whole goes on in the next line of a post.
const isWhole = ({ event, text, form }: TraceLine): boolean => {
  if (event === 'kvm_set_user_memory')
    return form === 'simple' ? readSimpleRegion(text) !== null : readEventRegion(text) !== null
  return event.startsWith('kvm_') ? !text.endsWith(',') : true
}

export const qemuLineIs = (line: string): LineIs => {
  if (readErrorReport(line) !== null) return 'whole'
  const found = readTraceLine(line)
  if (found !== null) return isWhole(found) ? 'whole' : 'beginning'
  return REPORT_BEGINS.test(line) ? 'beginning' : 'unknown'
}
