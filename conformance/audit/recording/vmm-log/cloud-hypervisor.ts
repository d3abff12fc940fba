import type { Format, Hear, LineIs, RecordingReader } from '../reader.js'
import { countUnknown, emptyTally, type Tally } from '../summary.js'

// `cloud-hypervisor: 85.507340639s: <vmm> INFO:vmm/src/memory_manager.rs:1521 -- Created userspace mapping: 0 -> 7f77f9a4e000 c0000000`
const MAPPING =
  /(?:^|\s)(Creating|Created|Removed) userspace mapping: ([0-9a-f]+) -> ([0-9a-f]+) ([0-9a-f]+)(?:, slot (\d+))?/
const STAMP = /cloud-hypervisor: (\d+(?:\.\d+)?)(ns|µs|us|ms|s): /
const UNITS: Readonly<Record<string, number>> = { ns: 1e-9, µs: 1e-6, us: 1e-6, ms: 1e-3, s: 1 }

export const cloudHypervisorLineIs = (line: string): LineIs => (MAPPING.test(line) ? 'whole' : 'unknown')

/**
 * Reads what cloud-hypervisor logs about its memory map (`-v`): a line when a slot has been made or removed. It names
 * neither flags nor threads, and in older versions no slots: those are numbered by address.
 */
export const createCloudHypervisorReader = (hear: Hear): RecordingReader => {
  const tally: Tally = emptyTally()
  const slots = new Map<string, number>()
  let met = false
  let next = 0
  let last: number | null = null

  return {
    tally,
    read: (text, line) => {
      const found = MAPPING.exec(text)
      if (found === null) {
        if (!STAMP.test(text)) return 'unknown'
        tally.otherLines++
        return 'whole'
      }
      const [, what, gpa, hva, size, slot] = found as unknown as [
        string,
        string,
        string,
        string,
        string,
        string?,
      ]
      const known = slots.get(gpa) ?? (slot === undefined ? next++ : Number(slot))
      slots.set(gpa, known)
      if (what === 'Creating') {
        tally.otherLines++
        return 'whole'
      }
      const stamp = STAMP.exec(text)
      const at = stamp === null ? null : Number(stamp[1]) * (UNITS[stamp[2] as string] as number)
      if (at !== null) {
        if (last !== null && at < last) tally.backwards ??= line
        last = at
        tally.stamps = 'end'
        tally.resolution = 1e-6
      }
      const place = { line, endLine: line, tid: null, from: null, to: at, vm: 1 }
      if (!met) hear({ kind: 'vm-begins', ...place, fd: null, how: 'met', type: null, replaces: [] })
      met = true
      tally.memslotCalls++
      const region = {
        as: 0,
        id: known,
        flags: 0,
        gpa: BigInt(`0x${gpa}`),
        size: what === 'Created' ? BigInt(`0x${size}`) : 0n,
        hva: BigInt(`0x${hva}`),
      }
      if (what === 'Removed') slots.delete(gpa)
      hear({
        kind: 'set',
        ...place,
        ioctl: null,
        region,
        slot: { as: 0, id: known },
        outcome: { is: 'value', value: 0 },
      })
      return 'whole'
    },
    broken: (text, line) => countUnknown(tally, line, text, 'a whole line'),
    leftOut: () => {},
    isWhole: () => false,
    end: () => {},
  }
}

export const cloudHypervisor: Format = {
  name: 'vmm-log',
  is: cloudHypervisorLineIs,
  reader: createCloudHypervisorReader,
}
