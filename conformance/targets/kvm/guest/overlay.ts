/** One byte of an instruction, where the guest has it. */
interface Placed {
  readonly memory: Uint8Array
  readonly before: number
}

/** An instruction put over what a case has there. */
export interface Overlay {
  /** What the case has there, in hexadecimal; null where a byte of the instruction has no memory. */
  readonly before: string | null
  /** Bytes that KVM gives, told as the case's: a byte that is ours stands for the one that it was put over. */
  readonly tell: (bytes: Uint8Array) => string
  readonly takeAway: () => void
}

const hex = (bytes: readonly number[]): string =>
  bytes.map(byte => byte.toString(16).padStart(2, '0')).join('')

/**
 * The bytes of a case need not be an instruction. So one of the same length is put where they are, byte by byte, for as
 * long as the guest runs: that it runs shows that it was fetched from there.
 */
export const putOver = (code: Uint8Array, memoryOf: (i: number) => Uint8Array | null): Overlay => {
  const placed: (Placed | null)[] = [...code].map((byte, i) => {
    const memory = memoryOf(i)
    if (memory === null) return null
    const before = memory[0] as number // at least a byte to the end of the page
    memory[0] = byte
    return { memory, before }
  })
  const all = placed.flatMap(byte => (byte === null ? [] : [byte.before]))
  return {
    before: all.length === code.length ? hex(all) : null,
    tell: bytes => hex([...bytes].map((byte, i) => (byte === code[i] ? (placed[i]?.before ?? byte) : byte))),
    takeAway: () => {
      for (const byte of placed) if (byte !== null) byte.memory[0] = byte.before
    },
  }
}
