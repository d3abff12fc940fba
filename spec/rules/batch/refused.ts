import { type Citation, not, type Premise, premise, type Rule, rule } from '../../rewrite/index.js'
import type { Cells } from '../../terms/cells.js'
import { u64 } from '../../terms/numbers.js'
import type { Errno } from '../../terms/result.js'
import { refuse } from '../answer.js'
import { argumentReadable, callerOwnsVm } from '../circumstances.js'
import { linux, semantics, thread } from '../cite.js'
import {
  type At,
  allEntryFaults,
  allSetFaults,
  type Batching,
  type EntryFault,
  firstEntryFault,
  firstSetFault,
  type SetFault,
} from './faults.js'
import * as when from './premises.js'

/** Every batch: the pattern of this family. */
export const batching = { call: { op: 'batch' } } as const

/** Errors of the header, of copy-in and of allocation have this index. */
export const NO_ENTRY = -1

const headerChecks: readonly Premise<Batching>[] = [
  callerOwnsVm,
  argumentReadable,
  when.headerFlagsKnown,
  when.batchSpaceExists,
  when.headerReservedZero,
  when.fewEnoughEntries,
]

const headerRefusal = (id: string, says: string, errno: Errno, check: Premise<Batching>): Rule<Cells> =>
  rule<Cells, Batching>({
    id,
    kind: 'call fails',
    says,
    cites: [semantics('Stage 1: header')],
    match: batching,
    after: headerChecks.slice(0, headerChecks.indexOf(check)),
    when: [not(check)],
    rewrite: cells => refuse(cells, errno, NO_ENTRY),
  })

export const batchStranger = headerRefusal(
  'batch.stranger',
  'Only the process that created a VM may change its slots.',
  'EIO',
  callerOwnsVm,
)
export const batchArgument = headerRefusal(
  'batch.argument',
  'Copying in precedes validation: an unreadable argument fails before anything is judged.',
  'EFAULT',
  argumentReadable,
)
export const batchHeaderFlags = headerRefusal(
  'batch.header-flags',
  'An unknown flag of the header is an error, so that flags can be added later.',
  'EINVAL',
  when.headerFlagsKnown,
)
export const batchSpace = headerRefusal(
  'batch.space',
  'A batch concerns one address space, named in the header, which must exist.',
  'EINVAL',
  when.batchSpaceExists,
)
export const batchHeaderReserved = headerRefusal(
  'batch.header-reserved',
  'Reserved bytes of the header are zero, so that they can get a meaning later.',
  'EINVAL',
  when.headerReservedZero,
)
export const batchTooMany = headerRefusal(
  'batch.too-many',
  'More entries than the capability reports are too many.',
  'E2BIG',
  when.fewEnoughEntries,
)

const staged = [...headerChecks, when.hasEntries]

const faultPremises = <F extends string>(
  stage: string,
  first: (c: Batching) => At<F> | null,
  all: (c: Batching) => readonly At<F>[],
) => ({
  isFirst: (fault: F): Premise<Batching> =>
    premise(
      `first-fault-is-${fault}`,
      {
        holds: `the first fault of ${stage} is ${fault}`,
        fails: `the first fault of ${stage} is not ${fault}`,
      },
      cells => first(cells)?.fault === fault,
      cells => ({ first: first(cells) }),
    ),
  occurs: (fault: F): Premise<Batching> =>
    premise(
      `${fault}-occurs`,
      { holds: `an entry has the fault ${fault}`, fails: `no entry has the fault ${fault}` },
      cells => first(cells) !== null && all(cells).some(at => at.fault === fault),
      cells => ({ faults: all(cells) }),
    ),
  /** In order only the first is reported; without order any of them may be. */
  indices: (fault: F) => (cells: Batching) => {
    const found = cells.params.errors === 'strict' ? [first(cells)] : all(cells)
    return found.filter(at => at?.fault === fault).map(at => ({ index: at?.index ?? NO_ENTRY }))
  },
})

const entry = faultPremises<EntryFault>('stage 2', firstEntryFault, allEntryFaults)
const final = faultPremises<SetFault>('stage 3', firstSetFault, allSetFaults)

const entryRefusal = (id: string, says: string, fault: EntryFault): Rule<Cells> =>
  rule<Cells, Batching>({
    id,
    kind: 'call fails',
    says,
    cites: [semantics('Stage 2: each entry')],
    match: batching,
    after: [...staged, entry.isFirst(fault)],
    when: [entry.occurs(fault)],
    choose: entry.indices(fault),
    rewrite: (cells, { index }) => refuse(cells, 'EINVAL', index as number),
  })

const setRefusal = (
  id: string,
  says: string,
  errno: Errno,
  fault: SetFault,
  besides: readonly Citation[],
): Rule<Cells> =>
  rule<Cells, Batching>({
    id,
    kind: 'call fails',
    says,
    cites: [semantics('Stage 3: the final set'), ...besides],
    match: batching,
    after: [...staged, when.entriesWellFormed, final.isFirst(fault)],
    // Without stage 2 there is no final set to speak of, in either order.
    when: [when.batchSpaceExists, when.entriesWellFormed, final.occurs(fault)],
    choose: final.indices(fault),
    rewrite: (cells, { index }) => refuse(cells, errno, index as number),
  })

export const batchEntryRefusals: readonly Rule<Cells>[] = [
  entryRefusal('batch.id', 'An entry names a user slot.', 'id'),
  entryRefusal(
    'batch.flags',
    'The flags of an entry are LOG and RO, where the VM has read-only memory.',
    'flags',
  ),
  entryRefusal('batch.reserved', 'Reserved bytes of an entry are zero.', 'reserved'),
  entryRefusal('batch.size', 'The size of an entry is a whole number of pages.', 'size-unaligned'),
  entryRefusal('batch.gpa', 'The guest-physical address of an entry is page aligned.', 'gpa-unaligned'),
  entryRefusal('batch.hva', 'The host range of an entry is page aligned and lies in user space.', 'hva'),
  entryRefusal('batch.wraps', 'The guest range of an entry does not wrap.', 'wraps'),
  entryRefusal('batch.too-large', 'A slot has at most 2^31-1 pages.', 'too-large'),
  entryRefusal(
    'batch.empty-region',
    'An entry of size 0 does not remove a slot: a removal is asked for as such.',
    'empty-region',
  ),
  entryRefusal(
    'batch.removal-carries-fields',
    'A removal carries nothing but the id.',
    'removal-carries-fields',
  ),
  entryRefusal('batch.duplicate', 'A batch is a map from ids: it names an id at most once.', 'duplicate'),
  entryRefusal('batch.remove-absent', 'Only a slot that exists can be removed.', 'remove-absent'),
  entryRefusal(
    'batch.memfd',
    'A slot of guest_memfd may be removed by a batch, not created or changed.',
    'memfd-changed',
  ),
]

export const batchSetRefusals: readonly Rule<Cells>[] = [
  setRefusal(
    'batch.overlap',
    'Only the final set may not overlap; ranges can be exchanged freely.',
    'EEXIST',
    'overlap',
    [],
  ),
  setRefusal(
    'batch.beyond-max-gfn',
    'Every slot ends at a frame the MMU can map.',
    'EINVAL',
    'beyond-max-gfn',
    [linux('arch/x86/kvm/x86.c', 'kvm_arch_prepare_memory_region')],
  ),
  setRefusal(
    'batch.ring',
    'While a dirty ring is in use no log can be carried or retired.',
    'ENXIO',
    'ring',
    [thread('Peter Xu 2022-08-22')],
  ),
]

const valid = [...staged, when.entriesWellFormed, when.finalSetLegal, when.changesSomething]

export const batchNoSpace = rule<Cells, Batching>({
  id: 'batch.no-space',
  kind: 'call fails',
  says: 'The result space must hold all that the update may retire; the bytes needed are written to the header.',
  cites: [semantics('Stage 4: room for the result'), thread('Peter Xu 2022-08-18')],
  match: batching,
  when: [...valid, not(when.resultSpaceSuffices)],
  rewrite: cells => refuse(cells, 'ENOSPC', NO_ENTRY, u64(when.project(cells).bound)),
})
export const batchNoMemory = rule<Cells, Batching>({
  id: 'batch.no-memory',
  kind: 'call fails',
  says: 'Everything is allocated before anything is blocked, so that nothing fails late.',
  cites: [semantics('Nothing fails late'), thread('Paolo 2022-09-28, on patch 9')],
  match: batching,
  after: [...valid, when.resultSpaceSuffices],
  when: [...valid, not(when.batchMemoryAllocated)],
  rewrite: cells => refuse(cells, 'ENOMEM', NO_ENTRY),
})
export const batchResultFault = rule<Cells, Batching>({
  id: 'batch.result-fault',
  kind: 'call fails',
  says: 'Result space that cannot be written fails the batch before anything is blocked.',
  cites: [semantics('Nothing fails late')],
  match: batching,
  after: [...valid, when.resultSpaceSuffices, when.batchMemoryAllocated],
  when: [...valid, not(when.resultSpaceWritable)],
  rewrite: cells => refuse(cells, 'EFAULT', NO_ENTRY),
})

/** All that stands before a batch that has entries and changes something. */
export const batchReady = [
  ...valid,
  when.resultSpaceSuffices,
  when.batchMemoryAllocated,
  when.resultSpaceWritable,
]
/** All that stands before the question whether the batch has entries. */
export const batchHeaderValid = headerChecks
export const batchFinalSetValid = [...staged, when.entriesWellFormed, when.finalSetLegal]

export const batchRefusals: readonly Rule<Cells>[] = [
  batchStranger,
  batchArgument,
  batchHeaderFlags,
  batchSpace,
  batchHeaderReserved,
  batchTooMany,
  ...batchEntryRefusals,
  ...batchSetRefusals,
  batchNoSpace,
  batchNoMemory,
  batchResultFault,
]
