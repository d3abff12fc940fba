import { counted } from '../../../spec/terms/counted.js'
import { RECORD_WITH } from './advice.js'
import type { RecordingFormat } from './recording-format.js'
import type { Tally } from './summary.js'

/** Why a text is no recording that can be audited: what was found, and what was expected instead. */
export interface Refusal {
  readonly found: string
  readonly expected: string
}

const FORMAT_WORDS: Readonly<Record<RecordingFormat, string>> = {
  strace: 'strace output',
  'qemu-trace': 'a QEMU trace',
  'qemu-error': 'QEMU’s error messages',
  'vmm-log': 'cloud-hypervisor’s log',
  bpftrace: 'our bpftrace recorder',
}

const EXPECTED = `KVM_SET_USER_MEMORY_REGION calls as written by \`${RECORD_WITH} …\`, or kvm_set_user_memory events of a QEMU trace log`

const LOGS_JOINED: Refusal = {
  found: 'a time before that of the line above, and no thread ids: several logs one after the other',
  expected:
    'one log in the order of time: give `memslot audit` the files themselves (`run.strace.*`), or merge them by `strace-log-merge run.strace`',
}
const LINES_MOVED: Refusal = {
  found: 'a time before that of the line above: lines are not in the order in which they were written',
  expected:
    'the order of time: give `memslot audit` the logs themselves, one for each thread, or sort this one by `LC_ALL=C sort -s -k2,2`',
}

const EXCERPT = 60
const linesOf = (count: number): string => counted(count, 'line')
const excerpt = (text: string): string =>
  JSON.stringify(text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text)

/** What a line of this format looks like; null: it is not known yet which it is. */
export const expectedOf = (format: RecordingFormat | null): string =>
  format === null ? EXPECTED : `a line of ${FORMAT_WORDS[format]}`

export const empty: Refusal = { found: 'an empty file', expected: EXPECTED }

export const noRecording = (lines: number, first: string): Refusal => ({
  found: `no line of a recording in ${linesOf(lines)}, the first being ${excerpt(first)}`,
  expected: EXPECTED,
})

export const noMemslotCall = (lines: number, format: RecordingFormat): Refusal => ({
  found: `no memslot call in ${linesOf(lines)} of ${FORMAT_WORDS[format]}`,
  expected: EXPECTED,
})

/** Times run backwards. */
export const outOfOrder = ({ threads }: Tally): Refusal => (threads ? LINES_MOVED : LOGS_JOINED)
