/** Bytes of `numberCode`. */
export const NUMBER_CODE_BYTES = 8

/**
 * Code that has a number of 32 bits in EAX when it has run: `mov eax, n; jmp rdx; nop`. It speaks through no port itself: KVM
 * may have to read such an instruction once more, by its emulator.
 */
export const numberCode = (n: number): Uint8Array => {
  const code = Uint8Array.of(0xb8, 0, 0, 0, 0, 0xff, 0xe2, 0x90)
  new DataView(code.buffer).setUint32(1, n, true)
  return code
}

/** The number that such code has. */
export const numberIn = (code: Uint8Array): number =>
  new DataView(code.buffer, code.byteOffset, code.byteLength).getUint32(1, true)
