/** The errors a call can end with; names as in errno(3). */
export type Errno =
  | 'EIO'
  | 'EINTR'
  | 'EFAULT'
  | 'EINVAL'
  | 'EEXIST'
  | 'ENOMEM'
  | 'ENOENT'
  | 'ENXIO'
  | 'E2BIG'
  | 'EBADF'
  | 'ENOSPC'
  | 'ENOTTY'
  | 'ESTALE'

/** A refused call. */
export interface Refused {
  readonly errno: Errno
}
