/** A SharedArrayBuffer of zeros, or null without memory: the call then fails with ENOMEM. */
export function allocateShared(bytes: number): SharedArrayBuffer | null {
  try {
    return new SharedArrayBuffer(bytes)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/**
 * A SharedArrayBuffer of zeros, for a first, small buffer, where no call can fail yet.
 * @throws RangeError without memory
 */
export function requireShared(bytes: number): SharedArrayBuffer {
  const buffer = allocateShared(bytes)
  if (buffer === null) throw new RangeError(`no memory for a shared buffer of ${bytes} bytes`)
  return buffer
}

/** The capacity to grow to so that `index` has room: at least double, at most `limit`; 0 where the limit forbids it. */
export function grownCapacity(capacity: number, index: number, limit: number): number {
  if (index >= limit) return 0
  return Math.min(limit, Math.max(capacity * 2, index + 1))
}
