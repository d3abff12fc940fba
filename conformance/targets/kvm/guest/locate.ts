/** Reads eight bytes of guest memory; null where no slot is. */
type ReadEntry = (gpa: bigint) => bigint | null

export interface Located {
  readonly gpa: bigint
  /** Guest addresses of the entries on the way. */
  readonly entries: readonly bigint[]
}

const FRAME = 0x000f_ffff_ffff_f000n
const PRESENT = 1n
const LARGE = 0x80n

/**
 * Where an address of 64-bit code leads by four levels of tables, to put an instruction there. It asks for nothing but
 * present entries: whether the guest may go this way is for the kernel to say. Null where the way ends.
 */
export const locate = (read: ReadEntry, cr3: bigint, la: bigint): Located | null => {
  let table = cr3 & FRAME
  const entries: bigint[] = []
  for (let level = 4; level >= 1; level--) {
    const at = table + ((la >> BigInt(3 + 9 * level)) & 0x1ffn) * 8n
    const entry = read(at)
    if (entry === null || (entry & PRESENT) === 0n) return null
    entries.push(at)
    const isLarge = (level === 2 || level === 3) && (entry & LARGE) !== 0n
    if (level === 1 || isLarge) {
      const within = (1n << BigInt(3 + 9 * level)) - 1n
      return { gpa: (entry & FRAME & ~within) | (la & within), entries }
    }
    table = entry & FRAME
  }
  return null
}
