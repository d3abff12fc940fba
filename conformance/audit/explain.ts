import type { Cells } from '../../spec/terms/cells.js'
import { PAGE_SIZE } from '../../spec/terms/numbers.js'
import type { SetCall } from '../../spec/terms/operation.js'
import { GUEST_MEMFD, RO } from '../../spec/terms/slot.js'
import { capabilitiesOf, type Environment } from './environment.js'
import { internalOverlap } from './internal-slots.js'

/** 64 GiB: every x86 processor with KVM addresses that much. */
const SURELY_ADDRESSABLE = 1n << 36n
/** The fewest user slots that any Linux has had. */
const SURELY_SLOTS = 32
const HUGE_PAGE = 1n << 20n

interface Asked {
  readonly cells: Cells
  readonly call: SetCall
  readonly seen: string
  readonly environment: Environment
}

/** Something about the machine that the recording does not say, and that makes a result right. */
type Explanation = (asked: Asked) => string | null

const internalSlot: Explanation = ({ call, seen, environment }) => {
  if (seen !== 'EEXIST' || call.size === 0n) return null
  return internalOverlap(environment, call.gpa, call.size)
}

const addressSpaces: Explanation = ({ call, seen, environment }) => {
  if (seen !== 'EINVAL' || call.as === 0) return null
  const { type } = environment
  if (type !== null && type !== 0) return `a VM of type ${type} may have one address space only`
  return capabilitiesOf(environment).spaces === null
    ? 'how many address spaces the VM has is not recorded'
    : null
}

const readOnly: Explanation = ({ call, seen, environment }) => {
  if (seen !== 'EINVAL' || (call.flags & RO) === 0) return null
  const { type } = environment
  if (type !== null && type !== 0) return `a VM of type ${type} may have no read-only slots`
  return capabilitiesOf(environment).readonlyMem === null
    ? 'whether the VM has read-only slots is not recorded'
    : null
}

const slotCount: Explanation = ({ call, seen, environment }) =>
  seen === 'EINVAL' && capabilitiesOf(environment).slots === null && call.id >= SURELY_SLOTS
    ? 'how many slots the VM has is not recorded'
    : null

const addressWidth: Explanation = ({ call, seen, environment }) => {
  if ((seen !== 'EINVAL' && seen !== 'EFAULT') || call.size === 0n) return null
  const { physBits, arch } = environment.options
  if (seen === 'EFAULT' && (arch === null || arch === 'x86')) return null
  return physBits === null && call.gpa + call.size > SURELY_ADDRESSABLE
    ? 'how many bits a guest-physical address has is not recorded (--phys-bits)'
    : null
}

const guestAddress: Explanation = ({ call, seen, cells, environment: { options } }) =>
  seen === 'success' &&
  options.arch === null &&
  options.physBits === null &&
  call.gpa + call.size > (BigInt(cells.params.maxGfn) + 1n) * PAGE_SIZE
    ? 'the guest-physical address is none of x86 or arm64: another architecture (--arch)'
    : null

const hostAddress: Explanation = ({ call, seen, cells, environment }) =>
  seen === 'success' && environment.options.arch === null && call.hva + call.size > cells.params.hvaLimit
    ? 'the host address is none of x86 with four levels of page tables: another architecture (--arch), or five levels'
    : null

const pageSize: Explanation = ({ call, seen, environment }) => {
  if (seen !== 'EINVAL') return null
  const { pageSize: bytes, arch } = environment.options
  if (bytes === 4096 || (bytes === null && arch === 'x86')) return null
  const unit = arch === 's390x' ? HUGE_PAGE : BigInt(bytes ?? 65_536)
  const odd = [call.gpa, call.size, call.hva].some(value => value % unit !== 0n)
  if (!odd) return null
  if (arch === 's390x') return 'a slot of s390x is a whole number of megabytes'
  return bytes === null && arch === null ? null : `the host’s pages may have ${unit} bytes`
}

const otherProcess: Explanation = ({ seen }) =>
  seen === 'EIO' ? 'the caller is another process than the VM’s creator, or the VM is dead' : null

const oldKernel: Explanation = ({ call, seen }) =>
  seen === 'ENOTTY' && call.ioctl === 2 ? 'the kernel is older than KVM_SET_USER_MEMORY_REGION2' : null

/** Errors that KVM never gives a memslot call, and what stands before it does. */
const filtered: Explanation = ({ seen }) =>
  seen === 'EPERM' || seen === 'EACCES' || seen === 'ENOSYS'
    ? 'a seccomp filter or a security module (SELinux, AppArmor) refused the call before KVM saw it'
    : null

const unreadable: Explanation = ({ seen }) => (seen === 'EFAULT' ? 'the argument could not be read' : null)

const interrupted: Explanation = ({ seen }) =>
  seen === 'EINTR' || seen === 'ERESTARTSYS' ? 'a signal interrupted the call' : null

const EXPLANATIONS: readonly Explanation[] = [
  internalSlot,
  addressSpaces,
  readOnly,
  slotCount,
  addressWidth,
  guestAddress,
  hostAddress,
  pageSize,
  otherProcess,
  oldKernel,
  filtered,
  unreadable,
  interrupted,
]

/** What explains a result that the rules do not allow under what is known; null where nothing does. */
export const explained = (asked: Asked): string | null => {
  for (const explanation of EXPLANATIONS) {
    const by = explanation(asked)
    if (by !== null) return by
  }
  return null
}

/** Architectures without a profile: of a call that fails, only what holds everywhere is judged. */
export const judgedHere = ({ call, seen, environment }: Asked): boolean => {
  if ((call.flags & GUEST_MEMFD) !== 0 && seen !== 'success') return false
  const { arch } = environment.options
  return arch === null || arch === 'x86' || seen === 'success' || seen === 'EEXIST'
}
