/** Functions that only pass an ioctl on. */
const WRAPPERS =
  /^(?:__)?ioctl(?:64)?$|^kvm_(?:vm_|vcpu_|device_)?ioctl$|^unexpected_backtracing_error$|^\?\?\?$/

/**
 * Where in the VMM a call was made: the first frames above the ioctl wrapper, innermost first. Symbols of a stripped
 * program are those of the nearest exported function, and still tell one place from another; a transaction that is
 * committed says more than what it calls, so it is named where it is on the stack.
 */
export const callerOf = (stack: readonly string[] | null): string | null => {
  if (stack === null || stack.length === 0) return null
  const above = stack.filter(frame => !WRAPPERS.test(frame))
  const commit = above.findIndex(frame => COMMIT.test(frame))
  const [first, second] = commit < 0 ? above : above.slice(commit)
  if (first === undefined) return null
  return second === undefined ? first : `${first} < ${second}`
}

/** QEMU's one place where a new memory map is made true. */
const COMMIT = /^memory_region_transaction_commit$/
