import { type RecordedRegion, type SlotName, slotName } from '../record.js'

export interface TracedRegion {
  readonly region: RecordedRegion
  /** 0, or minus the errno. */
  readonly ret: number
}

const REGION =
  /^(?:AddrSpace#(\d+) )?Slot#(\d+) flags=0x([0-9a-f]+) gpa=0x([0-9a-f]+) size=0x([0-9a-f]+) ua=0x([0-9a-f]+)((?: \w+=\S+)+)$/
const SLOT = /^(?:AddrSpace#(\d+) )?Slot#(\d+)/
const MAX_U64 = (1n << 64n) - 1n

const nameOf = (as: string | undefined, slot: string | undefined): SlotName =>
  as === undefined ? slotName(Number(slot)) : { as: Number(as), id: slotName(Number(slot)).id }

const fieldsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text
      .trim()
      .split(/\s+/)
      .map(part => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  )

const guestMemfdOf = (fields: ReadonlyMap<string, string>): Pick<RecordedRegion, 'guestMemfd'> => {
  const fd = fields.get('guest_memfd') ?? fields.get('restricted_fd') ?? fields.get('fd')
  const offset =
    fields.get('guest_memfd_offset') ?? fields.get('restricted_offset') ?? fields.get('fd_offset')
  if (fd === undefined || offset === undefined || !/^(?:0x[0-9a-f]+|\d+)$/.test(offset)) return {}
  return { guestMemfd: { fd: Number(fd), offset: BigInt(offset) } }
}

/**
 * The text of `kvm_set_user_memory`: up to 7.2 one word for space and slot, from 8.0 two, later with guest_memfd and
 * its offset, whose fields stand before or after `ret` and had other names in the trees that tried them first.
 */
export const readEventRegion = (text: string): TracedRegion | null => {
  const found = REGION.exec(text)
  if (found === null) return null
  const [, as, slot, flags, gpa, size, hva, rest] = found
  const fields = fieldsOf(rest as string)
  const ret = fields.get('ret')
  if (ret === undefined || !/^-?\d+$/.test(ret)) return null
  const region = {
    ...nameOf(as, slot),
    flags: Number.parseInt(flags as string, 16),
    gpa: BigInt(`0x${gpa}`),
    size: BigInt(`0x${size}`),
    hva: BigInt(`0x${hva}`),
    ...guestMemfdOf(fields),
  }
  if (region.gpa > MAX_U64 || region.size > MAX_U64 || region.hva > MAX_U64) return null
  return { region, ret: Number(ret) }
}

/** The same as simpletrace.py prints it: every argument by its name, numbers in hexadecimal. */
export const readSimpleRegion = (text: string): TracedRegion | null => {
  const fields = fieldsOf(text)
  const number = (name: string): bigint | null => {
    const value = fields.get(name)
    return value !== undefined && /^(?:0x[0-9a-f]+|\d+)$/.test(value) ? BigInt(value) : null
  }
  const [slot, flags, gpa, size, hva, ret] = [
    'slot',
    'flags',
    'guest_phys_addr',
    'memory_size',
    'userspace_addr',
    'ret',
  ].map(number)
  if (slot == null || flags == null || gpa == null || size == null || hva == null || ret == null) return null
  const as = fields.get('as') ?? fields.get('address_space')
  return {
    region: {
      ...nameOf(as, String(slot)),
      flags: Number(flags),
      gpa,
      size,
      hva,
      ...guestMemfdOf(fields),
    },
    ret: Number(BigInt.asIntN(32, ret)),
  }
}

/** The slot alone, where the rest could not be read. */
export const readEventSlot = (text: string): SlotName | null => {
  const found = SLOT.exec(text)
  return found === null ? null : nameOf(found[1], found[2])
}
