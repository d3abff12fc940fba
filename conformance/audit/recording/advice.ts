/** What records all that the audit asks for. */
export const RECORD_WITH = 'strace -f -y -T -ttt -e trace=ioctl -o run.strace'
/** The same with the waits that end an update, and clones, by which processes are kept apart. */
export const RECORD_ALL =
  'strace -f -y -T -ttt -e trace=ioctl,%process,poll,ppoll,select,pselect6,epoll_wait,epoll_pwait,nanosleep,clock_nanosleep,futex -o run.strace'
