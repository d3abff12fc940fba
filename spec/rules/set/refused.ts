import { not, type Premise, type Rule, rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import type { Errno } from '../../terms/result.js'
import { refuse } from '../answer.js'
import { argumentReadable, callerOwnsVm } from '../circumstances.js'
import { linux, observed } from '../cite.js'
import * as memfd from './memfd.js'
import * as when from './premises.js'

/** Every call of one slot: the pattern of this family. */
export const setting = { call: { op: 'set' } } as const

const MAIN = 'virt/kvm/kvm_main.c'
const { staticChecks } = when
const before = (check: Premise<when.Setting>) => staticChecks.slice(0, staticChecks.indexOf(check))

interface Refusal {
  readonly id: string
  readonly says: string
  readonly errno: Errno
  readonly at: string
  readonly after: readonly Premise<when.Setting>[]
  readonly when: readonly Premise<when.Setting>[]
}

/** A failure that leaves no trace: nothing is looked up, published or revoked. */
const refusal = ({ id, says, errno, at, after, when: own }: Refusal): Rule<Cells> =>
  rule<Cells, when.Setting>({
    id,
    kind: 'call fails',
    says,
    cites: [linux(MAIN, at), observed('KVM_SET_USER_MEMORY_REGION')],
    match: setting,
    after,
    when: own,
    rewrite: cells => refuse(cells, errno),
  })

const staticRefusal = (
  id: string,
  says: string,
  errno: Errno,
  at: string,
  check: Premise<when.Setting>,
  fails = not(check),
): Rule<Cells> => refusal({ id, says, errno, at, after: before(check), when: [fails] })

export const setStranger = staticRefusal(
  'set.stranger',
  'Only the process that created a VM may change its slots.',
  'EIO',
  'kvm_vm_ioctl',
  callerOwnsVm,
)
export const setNoRegion2 = staticRefusal(
  'set.no-region2',
  'A kernel without the second ioctl does not know it, whatever the argument.',
  'ENOTTY',
  'kvm_vm_ioctl',
  when.region2Exists,
  when.region2MayBeMissing,
)
export const setArgument = staticRefusal(
  'set.argument',
  'An argument that cannot be read fails the call.',
  'EFAULT',
  'kvm_vm_ioctl',
  argumentReadable,
)
export const setV1Flags = staticRefusal(
  'set.v1-flags',
  'The first ioctl knows the flags LOG and RO only.',
  'EINVAL',
  'kvm_vm_ioctl',
  when.v1FlagsKnown,
)
export const setId = staticRefusal(
  'set.id',
  'A user slot’s id lies below the limit.',
  'EINVAL',
  'kvm_vm_ioctl_set_memory_region',
  when.idIsUsers,
)
export const setFlags = staticRefusal(
  'set.flags',
  'Flags must be known and go together.',
  'EINVAL',
  'check_memory_region_flags',
  when.flagsAreLegal,
  when.flagsMayBeIllegal,
)
export const setSize = staticRefusal(
  'set.size',
  'The size must be a whole number of pages.',
  'EINVAL',
  'kvm_set_memory_region',
  when.sizeIsAligned,
)
export const setGpa = staticRefusal(
  'set.gpa',
  'The guest-physical address must be page aligned.',
  'EINVAL',
  'kvm_set_memory_region',
  when.gpaIsAligned,
)
export const setHva = staticRefusal(
  'set.hva',
  'The host range must be page aligned and lie in user space; nothing need be mapped there.',
  'EINVAL',
  'kvm_set_memory_region',
  when.hvaIsUsable,
)
export const setMemfdOffset = staticRefusal(
  'set.memfd-offset',
  'The offset in a guest_memfd is page aligned, and does not wrap with the size; a delete that sets the flag is asked too.',
  'EINVAL',
  'kvm_set_memory_region',
  memfd.memfdOffsetSound,
)
export const setSpace = staticRefusal(
  'set.space',
  'The address space must exist.',
  'EINVAL',
  'kvm_set_memory_region',
  when.spaceExists,
)
export const setWraps = staticRefusal(
  'set.wraps',
  'The guest range must not wrap; one that ends exactly at 2^64 counts as wrapping.',
  'EINVAL',
  'kvm_set_memory_region',
  when.rangeDoesNotWrap,
)
export const setTooLarge = staticRefusal(
  'set.too-large',
  'A user slot has at most 2^31-1 pages.',
  'EINVAL',
  'kvm_set_memory_region',
  when.sizeIsWithinSlot,
)

export const setDeleteAbsent = refusal({
  id: 'set.delete-absent',
  says: 'A slot that does not exist cannot be deleted.',
  errno: 'EINVAL',
  at: 'kvm_set_memory_region',
  after: staticChecks,
  when: [when.asksDelete, not(when.slotExists)],
})
export const setMemfdLive = refusal({
  id: 'set.memfd-live',
  says: 'A slot that exists cannot be asked to be backed by guest_memfd, not even if it is.',
  errno: 'EINVAL',
  at: 'kvm_set_memory_region',
  after: staticChecks,
  when: [not(when.liveSlotIsNoMemfd)],
})
export const setImmutable = refusal({
  id: 'set.immutable',
  says: 'A slot that exists keeps its host address, its size and its RO flag: resizing is delete and create.',
  errno: 'EINVAL',
  at: 'kvm_set_memory_region',
  after: [...staticChecks, when.liveSlotIsNoMemfd],
  when: [not(when.keepsWhatMayNotChange)],
})

const inSetChecks = [...staticChecks, when.liveSlotIsNoMemfd, when.keepsWhatMayNotChange]

export const setOverlap = refusal({
  id: 'set.overlap',
  says: 'A range that appears or moves may not meet another slot of the same space.',
  errno: 'EEXIST',
  at: 'kvm_check_memslot_overlap',
  after: inSetChecks,
  when: [not(when.rangeIsFree)],
})
export const setNoMemory = refusal({
  id: 'set.no-memory',
  says: 'If no slot object can be allocated, nothing happens.',
  errno: 'ENOMEM',
  at: 'kvm_set_memory_region, kvm_set_memslot',
  after: [...inSetChecks, when.rangeIsFree],
  when: [not(when.slotObjectsAllocated)],
})

const beforeBinding = [...inSetChecks, when.rangeIsFree, when.slotObjectsAllocated]

/** A failure to bind pages of a file to a new slot. */
const bindingRefusal = (
  id: string,
  says: string,
  errno: Errno,
  after: readonly Premise<when.Setting>[],
  own: readonly Premise<when.Setting>[],
): Rule<Cells> =>
  rule<Cells, when.Setting>({
    id,
    kind: 'call fails',
    says,
    cites: [linux('virt/kvm/guest_memfd.c', 'kvm_gmem_bind'), observed('guest_memfd')],
    match: setting,
    after: [...beforeBinding, ...after],
    when: own,
    rewrite: cells => refuse(cells, errno),
  })

export const setNoMemfd = bindingRefusal(
  'set.no-memfd',
  'A slot of guest_memfd needs an open descriptor; where the VM can make no guest_memfd and none is given, it is a bad one.',
  'EBADF',
  [],
  [not(memfd.descriptorIsOpen)],
)
export const setOtherFile = bindingRefusal(
  'set.other-file',
  'A file that is no guest_memfd of this VM is behind no slot of it.',
  'EINVAL',
  [memfd.descriptorIsOpen],
  [not(memfd.descriptorIsMemfd)],
)
export const setBeyondFile = bindingRefusal(
  'set.beyond-file',
  'The pages of a guest_memfd that are to be behind a slot lie within it.',
  'EINVAL',
  [memfd.descriptorIsOpen, memfd.descriptorIsMemfd],
  [memfd.mayNotFitInFile],
)
const boundTwice = [memfd.descriptorIsOpen, memfd.descriptorIsMemfd, memfd.mayFitInFile]
export const setBoundTwice = bindingRefusal(
  'set.bound-twice',
  'A page of a guest_memfd is behind one slot at most, in whichever space.',
  'EEXIST',
  boundTwice,
  [memfd.bindsSince72, not(memfd.filePagesAreFree)],
)
export const setBoundTwiceBefore = bindingRefusal(
  'set.bound-twice-before-7.2',
  'Before 7.2 a page of a guest_memfd that is behind another slot is EINVAL.',
  'EINVAL',
  boundTwice,
  [memfd.bindsBefore72, not(memfd.filePagesAreFree)],
)

/** Checks of a request and of the set it meets, all made before anything is invalidated. */
export const earlyChecks: readonly Premise<when.Setting>[] = [
  ...beforeBinding,
  memfd.descriptorIsOpen,
  memfd.descriptorIsMemfd,
  memfd.mayFitInFile,
  memfd.filePagesAreFree,
]

export const setRefusals: readonly Rule<Cells>[] = [
  setStranger,
  setNoRegion2,
  setArgument,
  setV1Flags,
  setId,
  setFlags,
  setSize,
  setGpa,
  setHva,
  setMemfdOffset,
  setSpace,
  setWraps,
  setTooLarge,
  setDeleteAbsent,
  setMemfdLive,
  setImmutable,
  setOverlap,
  setNoMemory,
  setNoMemfd,
  setOtherFile,
  setBeyondFile,
  setBoundTwice,
  setBoundTwiceBefore,
]
