/** System calls other than ioctl that mean something here. */
export type SystemCall =
  /** A thread waits for something to happen: its commit is over. */
  | { readonly kind: 'waits'; readonly how: 'waits' | 'futex'; readonly duration: number | null }
  | { readonly kind: 'clone'; readonly child: number; readonly sharesFiles: boolean }
  /** A descriptor has a second number, which was another's perhaps. */
  | { readonly kind: 'duplicates'; readonly fd: number; readonly as: number }
  /** `/dev/kvm` was opened. */
  | { readonly kind: 'opens-kvm'; readonly fd: number }

const NAME = /^(\w+)\(/
const RESULT = /\)\s*= (-?\d+|\?)[^=]*$/
const DURATION = /<(\d+\.\d+)>$/
const WAITS: ReadonlySet<string> = new Set([
  'poll',
  'ppoll',
  'ppoll_time64',
  'select',
  '_newselect',
  'pselect6',
  'epoll_wait',
  'epoll_pwait',
  'epoll_pwait2',
  'nanosleep',
  'clock_nanosleep',
  'pause',
])
const DUPLICATES = /^(?:dup[23]?|fcntl(?:64)?)\((\d+)(?:<.*?>)?(?=[,)])(?:, F_DUPFD|\)|, \d)/
const CLONES: ReadonlySet<string> = new Set(['clone', 'clone2', 'clone3', 'fork', 'vfork'])

/** The name of a waiting system call that `text` begins with; null where it is another. */
export const waitBegun = (text: string): 'waits' | 'futex' | null => {
  const name = NAME.exec(text)?.[1] ?? ''
  if (WAITS.has(name)) return 'waits'
  return name === 'futex' ? 'futex' : null
}

/** Reads a complete system call; null where it means nothing here. */
export const readSystemCall = (text: string): SystemCall | null => {
  const name = NAME.exec(text)?.[1] ?? ''
  const how = waitBegun(text)
  if (how !== null) {
    const duration = DURATION.exec(text)?.[1]
    return { kind: 'waits', how, duration: duration === undefined ? null : Number(duration) }
  }
  const result = Number(RESULT.exec(text)?.[1] ?? -1)
  if (!(result > 0)) return null
  if (CLONES.has(name)) return { kind: 'clone', child: result, sharesFiles: text.includes('CLONE_FILES') }
  if ((name === 'openat' || name === 'open') && text.includes('"/dev/kvm"'))
    return { kind: 'opens-kvm', fd: result }
  const duplicated = DUPLICATES.exec(text)?.[1]
  if (duplicated !== undefined) return { kind: 'duplicates', fd: Number(duplicated), as: result }
  return null
}
