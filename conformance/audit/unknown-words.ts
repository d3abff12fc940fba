import type { ReportUnknown } from '../reports/audit/codec.js'
import type { Unknown } from './evidence.js'
import { RECORD_WITH } from './recording/advice.js'
import type { Missing } from './recording/summary.js'

/** How a line shows that lines are missing. */
export const missingWords = ({ line, how }: Missing): string => {
  switch (how) {
    case 'no beginning':
      return `line ${line} ends a call that no line begins`
    case 'no end':
      return `line ${line} begins a call of a thread whose call before no line ends`
    case 'nothing between':
      return `line ${line} goes on with the call of the line above, which strace divides only for a line in between`
    case 'not read':
      return `line ${line} could not be read`
    case 'file not given':
      return `at line ${line} a thread was made whose file was not given`
    case 'marked':
      return `line ${line} says that some were left out or lost`
  }
}

/** Why it is not known who was inside KVM_RUN, and what to record to know. */
export const unknownWords = (unknown: Unknown): ReportUnknown => {
  switch (unknown.kind) {
    case 'runs not recorded':
      return {
        because: 'the recording does not say when KVM_RUN begins',
        record: `\`${RECORD_WITH}\`, or QEMU’s \`-trace 'kvm_*'\``,
      }
    case 'threads not named':
      return { because: 'the recording names no threads', record: `\`${RECORD_WITH}\`: -f names threads` }
    case 'vCPU not bound':
      return {
        because: 'it is not recorded whose vCPU a thread runs',
        record: `\`${RECORD_WITH.replace('=ioctl', '=ioctl,%process')}\`: -y names descriptors, and clones show whose threads are whose`,
      }
    case 'end not recorded':
      return {
        because: `when thread ${unknown.tid}’s KVM_RUN of line ${unknown.line} ended is not recorded${unknown.until === null ? '' : `: unknown until line ${unknown.until}`}`,
        record: `\`${RECORD_WITH}\`: -T records how long calls take`,
      }
    case 'attached':
      return {
        because: 'the VM is older than the recording: a vCPU that has not shown yet may have been inside',
        record: 'the VM from its start, or attach to every thread (`strace -f -p PID`) before the update',
      }
    case 'calls left out':
      return {
        because:
          'calls may be left out: none that failed is recorded, or the recorder says that it lost events',
        record: `\`${RECORD_WITH}\`, without -z and without losses`,
      }
    case 'vCPU made unseen':
      return {
        because: 'a vCPU runs whose making is not recorded: there may be others',
        record: `\`${RECORD_WITH}\`, or QEMU’s \`-trace 'kvm_*'\`: KVM_CREATE_VCPU as well`,
      }
    case 'first vCPU missing':
      return {
        because:
          'no line makes vCPU 0 of the VM, which has others: lines, or the file of a thread, are missing',
        record: `\`${RECORD_WITH}\`, and the whole of it`,
      }
    case 'lines missing':
      return {
        because: `lines are missing: ${missingWords(unknown.missing)}`,
        record: `\`${RECORD_WITH}\`, and the whole of it`,
      }
    case 'vCPU never seen':
      return {
        because: `${unknown.count === 1 ? 'a vCPU was' : `${unknown.count} vCPUs were`} created and no line shows it inside KVM_RUN: lines may be missing`,
        record: `\`${RECORD_WITH}\`, and the whole of it`,
      }
  }
}
