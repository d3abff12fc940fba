import type { AuditReport } from '../codec.js'
import { leftOut } from './summary.js'
import { plural } from './units.js'

const clock = ({ stamps }: AuditReport): string => {
  switch (stamps) {
    case 'begin':
      return 'Times are those strace recorded, from the start of one call to the start of another. strace stops a thread at every call, so it lengthens windows: without it they are shorter, and still there.'
    case 'end':
      return 'Times are those of QEMU’s log, written when a call has returned: a window is measured from return to return, and when its calls began is unknown.'
    case 'none':
      return 'The recording has no times: how long anything took is unknown. Use `strace -f -ttt`.'
  }
}

const inside = ({ format }: AuditReport): string =>
  format === 'strace'
    ? 'A thread inside KVM_RUN may execute guest code or be halted in the kernel waiting for an interrupt: strace does not tell which.'
    : 'A QEMU trace log holds the ends of KVM_RUN and not its beginnings: who was inside at a given moment is unknown.'

/** What the recording did not let the audit know, each with its count. */
const gaps = ({ counted, vms }: AuditReport): readonly string[] => {
  const at = counted.firstUnknown.length === 0 ? '' : `, the first at line ${counted.firstUnknown.join(', ')}`
  const told: readonly (readonly [number, string, string?])[] = [
    [counted.unknownLines, `not understood${at}`, 'line'],
    [counted.undecoded, 'of which only a pointer was recorded: what it changed is unknown', 'memslot call'],
    [counted.notJudged, 'not judged, because the recording does not hold what decides', 'memslot call'],
    [counted.neverEnded, 'without a recorded end', 'call'],
    [counted.neverBegun, 'without a recorded beginning, left out', 'call'],
    [counted.ambiguous, 'on a file descriptor that two processes have: taken for the later one', 'call'],
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

/** What must be known to read the report rightly. */
export const notes = (report: AuditReport): readonly string[] => [
  clock(report),
  inside(report),
  'Not recorded, and therefore unknown: what dirty bitmaps held, and whether a vCPU in fact touched a hole.',
  'Worst is the window with most memory × time, those met by a vCPU inside KVM_RUN before all others; longest is by time alone.',
  ...gaps(report),
  ...(report.counted.cutShort ? ['The file ends in the middle of a line, which was left out.'] : []),
  ...leftOut(report).map(text => `${text}; --json holds what is kept.`),
]
