import { bitmapBytes } from './bitmap.js'
import type { Kernel } from './ioctl.js'

const PAGE = 4096

/** The most pages of a slot that may be asked for: beyond it the kernel would allocate hundreds of megabytes. */
export const MAX_PAGES = 2 ** 22

/** Bytes after a bitmap that the kernel must leave alone. */
export const GUARD_BYTES = 64

const BITMAP_SPACE = bitmapBytes(MAX_PAGES) + PAGE // the guard, and the alignment of the page that follows

/**
 * Memory at known addresses that calls pass to the kernel, mapped once:
 *
 *     argument (1 page) | forbidden page | bitmap space | forbidden page
 *
 * Whatever the kernel makes of a call, it cannot write beyond: it would meet EFAULT.
 */
export interface Arena {
  /** Address of the struct that a call passes. */
  readonly argument: number
  readonly view: DataView
  /** Address of the bitmap that a call passes. */
  readonly bitmap: number
  readonly bits: Uint8Array
  /** Address of memory that can be neither read nor written: a bad pointer. The page before it, `argument`, is good. */
  readonly forbidden: number
}

/** The arena, or the errno of what failed. */
export const mapArena = (kernel: Kernel): Arena | number => {
  const length = PAGE + PAGE + BITMAP_SPACE + PAGE
  const argument = kernel.map(length)
  if (argument < 0) return -argument
  const forbidden = argument + PAGE
  const bitmap = forbidden + PAGE
  for (const page of [forbidden, bitmap + BITMAP_SPACE]) {
    const result = kernel.forbid(page, PAGE)
    if (result < 0) return -result
  }
  return {
    argument,
    view: new DataView(kernel.view(argument, PAGE)),
    bitmap,
    bits: new Uint8Array(kernel.view(bitmap, BITMAP_SPACE)),
    forbidden,
  }
}
