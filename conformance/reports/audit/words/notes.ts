import type { AuditReport } from '../codec.js'
import { plural } from './units.js'

const clock = ({ stamps, format }: AuditReport): string => {
  switch (stamps) {
    case 'begin':
      return 'Times are those strace recorded, from the start of one call to the start of another. strace stops a thread at every call, so it lengthens windows: without it they are shorter, and still there.'
    case 'end':
      return 'Times are those of the VMM’s log, written when a call has returned: a window is measured from return to return, and when its calls began is unknown.'
    case 'both':
      return format === 'bpftrace'
        ? 'Times are those of the kernel, from the start of one call to the start of another; no thread was stopped to record them.'
        : 'Times are those of QEMU’s trace: it writes an event before each ioctl, and one when a memslot call has returned.'
    case 'none':
      return 'The recording has no times: how long anything took is unknown.'
  }
}

const inside = ({ format }: AuditReport): string =>
  format === 'qemu-trace'
    ? 'QEMU writes nothing when KVM_RUN returns with an error, as it does when a vCPU is kicked (before 8.2): until its next line such a thread may have been inside or not.'
    : 'A thread inside KVM_RUN may execute guest code or be halted in the kernel waiting for an interrupt: the recording does not tell which.'

/** What the recording did not let the audit know, each with its count. */
const gaps = ({ counted, vms }: AuditReport): readonly string[] => {
  const told: readonly (readonly [number, string, string?])[] = [
    [counted.undecoded, 'of which only a pointer was recorded, or that could not be read', 'memslot call'],
    [counted.notJudged, 'not judged, because the recording does not hold what decides', 'memslot call'],
    [counted.neverEnded, 'without a recorded end', 'call'],
    [counted.neverBegun, 'without a recorded beginning, left out', 'call'],
    [counted.ambiguous, 'on a file descriptor of which it is not recorded whose it is', 'call'],
    [
      vms.filter(vm => !vm.created).length,
      'whose creation is not recorded: slots it had before are unknown',
      'VM',
    ],
  ]
  return told
    .filter(([count]) => count > 0)
    .map(([count, says, what = 'call']) => `${plural(count, what)} ${says}.`)
}

/** Windows and updates that the report counts without listing them. */
export const leftOut = ({ totals, updates, vms, deviations }: AuditReport): readonly string[] => {
  const listed = updates.reduce((sum, { windows }) => sum + windows.length, 0)
  const parts: readonly (readonly [number, string])[] = [
    [totals.updates - updates.length, 'update'],
    [totals.windows - listed, 'window'],
    [totals.deviations - deviations.length, 'deviation'],
    [totals.vms - vms.length, 'VM'],
  ]
  return parts
    .filter(([count]) => count > 0)
    .map(([count, what]) => `${plural(count, what)} counted, but not kept`)
}

/** What must be known to read the report rightly. */
export const notes = (report: AuditReport): readonly string[] => [
  clock(report),
  ...(report.relative
    ? [
        'The times are sums of the differences that `strace -r` prints: where a line is missing they are too short.',
      ]
    : []),
  inside(report),
  `A window begins with a call that unmaps memory and ends with a call that maps it again, with nothing of the thread in between that shows its update was over: no KVM_RUN, no other call on the VM, no wait, no pause longer than ${report.pause} s (--pause).`,
  'Not recorded, and therefore unknown: what dirty bitmaps held, and whether a vCPU in fact touched memory that was missing.',
  'Worst is the window with most memory × time, those met by a vCPU inside KVM_RUN before all others; longest is by time alone.',
  ...report.boundariesUnknown.map(reason => `Where updates end is unknown: ${reason}.`),
  ...gaps(report),
  ...(report.counted.cutShort ? ['The file ends in the middle of a line, which was left out.'] : []),
  ...leftOut(report).map(text => `${text}; --json holds what is kept.`),
]
