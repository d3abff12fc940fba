import { RECORD_WITH } from './advice.js'

/** A kind of file that people have and that cannot be audited, with why and with what to do instead. */
interface RefusedForm {
  readonly shows: RegExp
  readonly found: string
  readonly instead: string
}

const RECORD = `a recording that holds the calls themselves: \`${RECORD_WITH} …\``

const FORMS: readonly RefusedForm[] = [
  {
    shows: /^% time +seconds +usecs\/call +calls +errors syscall/,
    found: 'the summary of `strace -c`, which counts calls and does not list them',
    instead: RECORD,
  },
  {
    shows: /^ *\d+\.\d+ \( *(?:\d+\.\d+ ms)? *\): \S+\/\d+ \w+\(/,
    found: 'the output of `perf trace`, which prints a pointer for the argument of a memslot call',
    instead: `${RECORD}; or, without stopping threads, \`memslot audit --recorder bpftrace\``,
  },
  {
    shows: /^ *\S.* +\d+ +\[\d+\] +(?:\S+ +)?\d+\.\d+: +(?:kvm|syscalls):/,
    found:
      'tracepoints as printed by `perf script` or trace-cmd, which do not hold the argument of a memslot call',
    instead: `${RECORD}; or \`memslot audit --recorder bpftrace\``,
  },
  {
    shows: /^# tracer: |^ *\S.*-\d+ +\[\d+\] +(?:\S+ +)?\d+\.\d+: +(?:kvm_|sys_)/,
    found: 'an ftrace buffer, which does not hold the argument of a memslot call',
    instead: `${RECORD}; or \`memslot audit --recorder bpftrace\``,
  },
  {
    shows: /Guest memory starts at (?:0x)?[0-9a-f]+/,
    found: 'a log of Firecracker, which names host addresses and neither guest addresses nor sizes',
    instead: RECORD,
  },
  {
    shows: /^(?:Thread \d+.* hit )?Breakpoint \d+, |^\(gdb\) |^#\d+ +(?:0x[0-9a-f]+ in )?\w+ \(/,
    found: 'a session of gdb, which shows a moment and not the calls of a run',
    instead: RECORD,
  },
  {
    shows: /"QMP"|\{"execute":|"return":/,
    found: 'a QMP conversation',
    instead: `${RECORD}; or QEMU’s \`-trace 'kvm_*' -D run.trace\``,
  },
  {
    shows: /^\{"ev":"header","format":"kvm-memslot-trace"/,
    found: 'a trace of this project',
    instead: 'a recording; a trace is judged by `memslot check`',
  },
]

/** Why a line shows that its file is of a kind that cannot be audited; null where it does not. */
export const refusedForm = (line: string): { readonly found: string; readonly instead: string } | null =>
  FORMS.find(({ shows }) => shows.test(line)) ?? null
