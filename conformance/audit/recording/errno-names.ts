/** Linux's numbers for the errors that KVM's ioctls return (include/uapi/asm-generic/errno-base.h and errno.h). */
const NAMES: ReadonlyMap<number, string> = new Map([
  [1, 'EPERM'],
  [2, 'ENOENT'],
  [4, 'EINTR'],
  [5, 'EIO'],
  [6, 'ENXIO'],
  [7, 'E2BIG'],
  [9, 'EBADF'],
  [11, 'EAGAIN'],
  [12, 'ENOMEM'],
  [14, 'EFAULT'],
  [16, 'EBUSY'],
  [17, 'EEXIST'],
  [19, 'ENODEV'],
  [22, 'EINVAL'],
  [25, 'ENOTTY'],
  [28, 'ENOSPC'],
  [95, 'EOPNOTSUPP'],
  [116, 'ESTALE'],
])

export const errnoName = (number: number): string => NAMES.get(number) ?? `errno ${number}`
