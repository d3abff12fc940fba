/** Linux's numbers for the errors that KVM's ioctls return, and what strerror says (include/uapi/asm-generic/errno*.h). */
const ERRORS: readonly (readonly [number: number, name: string, says: string])[] = [
  [1, 'EPERM', 'Operation not permitted'],
  [2, 'ENOENT', 'No such file or directory'],
  [4, 'EINTR', 'Interrupted system call'],
  [5, 'EIO', 'Input/output error'],
  [6, 'ENXIO', 'No such device or address'],
  [7, 'E2BIG', 'Argument list too long'],
  [9, 'EBADF', 'Bad file descriptor'],
  [11, 'EAGAIN', 'Resource temporarily unavailable'],
  [12, 'ENOMEM', 'Cannot allocate memory'],
  [14, 'EFAULT', 'Bad address'],
  [16, 'EBUSY', 'Device or resource busy'],
  [17, 'EEXIST', 'File exists'],
  [19, 'ENODEV', 'No such device'],
  [22, 'EINVAL', 'Invalid argument'],
  [25, 'ENOTTY', 'Inappropriate ioctl for device'],
  [28, 'ENOSPC', 'No space left on device'],
  [95, 'EOPNOTSUPP', 'Operation not supported'],
  [116, 'ESTALE', 'Stale file handle'],
]
const NAMES: ReadonlyMap<number, string> = new Map(ERRORS.map(([number, name]) => [number, name]))
const BY_WORDS: ReadonlyMap<string, string> = new Map(
  ERRORS.map(([, name, says]) => [says.toLowerCase(), name]),
)

export const errnoName = (number: number): string => NAMES.get(number) ?? `errno ${number}`

/** `Invalid argument` is EINVAL; words that no error has stay as they are. */
export const errnoOfWords = (words: string): string =>
  BY_WORDS.get(words.trim().toLowerCase()) ?? words.trim()
