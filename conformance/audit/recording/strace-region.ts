import { type RecordedRegion, slotName } from './record.js'

const FLAGS: ReadonlyMap<string, number> = new Map([
  ['KVM_MEM_LOG_DIRTY_PAGES', 1],
  ['KVM_MEM_READONLY', 2],
  ['KVM_MEM_GUEST_MEMFD', 4],
])

const number = (text: string | undefined): bigint | null => {
  if (text === 'NULL') return 0n
  return text !== undefined && /^(?:0x[0-9a-f]+|\d+)$/i.test(text) ? BigInt(text) : null
}

/** `KVM_MEM_READONLY|0x8` or `0` as a word, comments of strace left out; null where a name is not known. */
const flagsWord = (text: string | undefined): number | null => {
  if (text === undefined) return null
  let word = 0n
  for (const part of text.replace(/\s*\/\*.*?\*\//, '').split('|')) {
    const named = FLAGS.get(part)
    const value = named === undefined ? number(part) : BigInt(named)
    if (value === null) return null
    word |= value
  }
  return Number(word)
}

/**
 * Decodes `{slot=2, flags=KVM_MEM_READONLY, guest_phys_addr=0xc0000, memory_size=4096, userspace_addr=0x7f…}`.
 * Null where strace printed a pointer, or anything else that does not say all five.
 */
export const readStraceRegion = (args: string): RecordedRegion | null => {
  if (!args.startsWith('{')) return null
  const fields = new Map<string, string>()
  for (const part of args.slice(1, args.lastIndexOf('}')).split(', ')) {
    const at = part.indexOf('=')
    if (at > 0) fields.set(part.slice(0, at), part.slice(at + 1))
  }
  const slot = number(fields.get('slot'))
  const flags = flagsWord(fields.get('flags'))
  const gpa = number(fields.get('guest_phys_addr'))
  const size = number(fields.get('memory_size'))
  const hva = number(fields.get('userspace_addr'))
  if (slot === null || flags === null || gpa === null || size === null || hva === null) return null
  return { ...slotName(Number(slot)), flags, gpa, size, hva }
}
