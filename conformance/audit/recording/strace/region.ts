import { type RecordedRegion, type SlotName, slotName } from '../record.js'

const FLAGS: ReadonlyMap<string, number> = new Map([
  ['KVM_MEM_LOG_DIRTY_PAGES', 1],
  ['KVM_MEM_READONLY', 2],
  ['KVM_MEM_GUEST_MEMFD', 4],
])
const COMMENT = /\s*\/\*.*?\*\//g
/** Linux allows 2^64 - 1; a longer number is no field of this structure. */
const MAX_U64 = (1n << 64n) - 1n

const number = (text: string | undefined): bigint | null => {
  if (text === undefined) return null
  if (text === 'NULL') return 0n
  const value = /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? BigInt(text) : null
  return value !== null && value <= MAX_U64 ? value : null
}

/** `KVM_MEM_READONLY|0x8` or `0` as a word; null where a name is not known. */
const flagsWord = (text: string | undefined): number | null => {
  if (text === undefined) return null
  let word = 0n
  for (const part of text.split('|')) {
    const named = FLAGS.get(part.trim())
    const value = named === undefined ? number(part.trim()) : BigInt(named)
    if (value === null) return null
    word |= value
  }
  return Number(word)
}

const fieldsOf = (args: string): ReadonlyMap<string, string> => {
  const fields = new Map<string, string>()
  const inside = args.slice(args.indexOf('{') + 1, args.lastIndexOf('}'))
  const plain = inside.includes('/*') ? inside.replace(COMMENT, '') : inside
  for (const part of plain.split(/,\s*/)) {
    const at = part.indexOf('=')
    if (at > 0) fields.set(part.slice(0, at).trim(), part.slice(at + 1).trim())
  }
  return fields
}

/**
 * Decodes `{slot=2, flags=KVM_MEM_READONLY, guest_phys_addr=0xc0000, memory_size=4096, userspace_addr=0x7f…}`, with
 * guest_memfd and its offset after it for the second ioctl. Null where strace printed a pointer, or anything else
 * that does not say all five.
 */
export const readStraceRegion = (args: string): RecordedRegion | null => {
  if (!args.trimStart().startsWith('{') || !args.includes('}')) return null
  const fields = fieldsOf(args)
  const slot = number(fields.get('slot'))
  const flags = flagsWord(fields.get('flags'))
  const gpa = number(fields.get('guest_phys_addr'))
  const size = number(fields.get('memory_size'))
  const hva = number(fields.get('userspace_addr'))
  if (slot === null || flags === null || gpa === null || size === null || hva === null) return null
  const offset = number(fields.get('guest_memfd_offset'))
  const fd = fields.get('guest_memfd')?.replace(/<.*/, '')
  const guestMemfd =
    offset === null || fd === undefined || !/^-?\d+$/.test(fd)
      ? {}
      : { guestMemfd: { fd: Number(fd), offset } }
  return { ...slotName(Number(slot)), flags, gpa, size, hva, ...guestMemfd }
}

/** The slot alone, where the rest could not be read. */
export const readStraceSlot = (args: string): SlotName | null => {
  const slot = /\{\s*slot=(\d+|0x[0-9a-f]+)/i.exec(args)?.[1]
  return slot === undefined ? null : slotName(Number(slot))
}
