import { type RecordedRegion, slotName } from './record.js'

/** A line of QEMU's log trace backend, `TID@SECONDS.MICRO:event text`; without timestamps only `event text`. */
export interface TraceLine {
  readonly tid: number | null
  readonly at: number | null
  readonly event: string
  readonly text: string
}

const LINE = /^(?:(\d+)@(\d+\.\d+):)?([a-z][a-z0-9_]*)(?: (.*))?$/

export const readTraceLine = (line: string): TraceLine | null => {
  const found = LINE.exec(line)
  if (found === null) return null
  const stamped = found[1] !== undefined
  const event = found[3] as string // the expression has matched
  // Without a stamp any word could begin a line; only KVM's events are taken for events then.
  if (!stamped && !event.startsWith('kvm_')) return null
  return {
    tid: stamped ? Number(found[1]) : null,
    at: stamped ? Number(found[2]) : null,
    event,
    text: found[4] ?? '',
  }
}

const REGION =
  /^(?:AddrSpace#(\d+) )?Slot#(\d+) flags=0x([0-9a-f]+) gpa=0x([0-9a-f]+) size=0x([0-9a-f]+) ua=0x([0-9a-f]+)(?: \w+=\S+)*? ret=(-?\d+)$/

/** The text of `kvm_set_user_memory`: up to 7.2 one word for space and slot, from 8.0 two, later guest_memfd fields. */
export const readTraceRegion = (text: string): { region: RecordedRegion; ret: number } | null => {
  const found = REGION.exec(text)
  if (found === null) return null
  const [, as, slot, flags, gpa, size, hva, ret] = found
  const name = as === undefined ? slotName(Number(slot)) : { as: Number(as), id: slotName(Number(slot)).id }
  const region = {
    ...name,
    flags: Number.parseInt(flags as string, 16),
    gpa: BigInt(`0x${gpa}`),
    size: BigInt(`0x${size}`),
    hva: BigInt(`0x${hva}`),
  }
  return { region, ret: Number(ret) }
}
