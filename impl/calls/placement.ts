import { requireU64 } from '../base/domain.js'
import { pageNumber } from '../base/frames.js'
import type { Shape } from '../memslots/slot.js'

/** Where a region lies, in bytes, as every call that places one carries it. */
export interface Placement {
  readonly gpa: bigint
  readonly size: bigint
  readonly hva: bigint
}

/** Requires words that the system call can carry. @throws RangeError */
export function requirePlacement({ gpa, size, hva }: Placement): void {
  requireU64('gpa', gpa)
  requireU64('size', size)
  requireU64('hva', hva)
}

/** The slot that a call asks for, in pages. Its addresses and its size have been found to be aligned. */
export function shapeOf({
  id,
  gpa,
  size,
  hva,
  flags,
}: Placement & { readonly id: number; readonly flags: number }): Shape {
  return { id, base: pageNumber(gpa), npages: pageNumber(size), hva: pageNumber(hva), flags }
}
