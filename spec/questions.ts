/** A question that the thread left open, and what this specification says to it. */
export interface Question {
  /** Its place in the checklist drawn from the thread "kvm: implement atomic memslot updates". */
  readonly number: number
  readonly question: string
  readonly answer: string
  /** The rules that say so, by id. */
  readonly rules: readonly string[]
  /** Rules of the middle of a call, at the grain of steps, by id. */
  readonly steps?: readonly string[]
  /** What the search of the designs says to it. */
  readonly cells?: readonly MatrixCell[]
  /** What is left out, and why. */
  readonly excluded?: string
}

/** A cell of the matrix of designs and properties that is kept: its row, its column and its answer. */
export interface MatrixCell {
  readonly row: string
  readonly property: string
  readonly holds: boolean
}

const holds = (row: string, property: string): MatrixCell => ({ row, property, holds: true })
const fails = (row: string, property: string): MatrixCell => ({ row, property, holds: false })

/** The thirty questions, in the order of the checklist. The document and a test read the same table. */
export const questions: readonly Question[] = [
  {
    number: 1,
    question: 'What exactly is atomic?',
    answer:
      'One batch, in one address space: from S to S′ with nothing between. Whole calls have one rule that rewrites the whole set at once, and failures that leave everything as it was. Of the accesses in between each completes against S or S′, with one commit point; a whole fetch does so only under fetch-atomic.',
    rules: ['batch.publish', 'batch.block-and-publish', 'batch.result-fault'],
    steps: ['update.publish', 'update.drain'],
    cells: [
      holds('batch', 'two-maps'),
      fails('batch', 'two-maps, fetch-atomic'),
      holds('batch, fetch-atomic', 'two-maps, fetch-atomic'),
    ],
  },
  {
    number: 2,
    question: 'Which states between may a vCPU see?',
    answer:
      'None that differs from S or S′: a page mapped in both is never a hole, and an access to a blocked page waits. The blocking swap publishes S once more, with pages blocked, and is counted in the generation.',
    rules: ['batch.block-and-publish'],
    steps: ['update.publish', 'vcpu.wait', 'vcpu.retry'],
    cells: [holds('batch', 'no-hole'), fails('sequential', 'no-hole')],
  },
  {
    number: 3,
    question: 'What does a page fault on an INVALID slot do?',
    answer:
      'In the batch no slot is INVALID: on every path an access to a blocked page waits and looks up again. In Linux a second-stage fault goes back to the guest and tries again, while KVM’s own walker finds no table there and reports a page fault, or without a root to shadow shuts down. Where the parameter `invalid` is `hole`, as on other architectures and on x86 before 5.13, the fault does not try again: it meets a hole.',
    rules: [
      'invalid.window',
      'invalid.kicked',
      'invalid.each-look-up',
      'invalid.second-swap',
      'invalid.table',
      'invalid.root-shadow',
      'invalid.table-retry',
      'invalid.pdptes',
      'invalid.page-retry',
      'invalid.delivery',
      'invalid.table-as-hole',
      'invalid.page-as-hole',
      'retry.table',
      'retry.page',
    ],
    steps: ['vcpu.invalid', 'vcpu.invalid-hole'],
    cells: [holds('rfc-single-swap', 'no-hole'), fails('rfc-single-swap, other-architecture', 'no-hole')],
  },
  {
    number: 4,
    question: 'What do an emulator fetch and an access by the kernel do on an INVALID slot?',
    answer:
      'In the batch they retry like any other, or are deferred by EAGAIN where a path cannot wait. In Linux they fail as in a hole: a fetch with an emulation failure, data of the emulator as MMIO, an access by the kernel with EFAULT.',
    rules: ['invalid.page', 'invalid.data', 'fetch.hole', 'kernel.read-hole', 'kernel.write-hole'],
    steps: ['vcpu.invalid-hole'],
    cells: [fails('rfc-single-swap, emulated-fetch', 'no-hole')],
  },
  {
    number: 5,
    question: 'What does a fetch do where there is no slot?',
    answer:
      'It ends as an emulation failure: not as MMIO, and not as a retry. With exit-on-emulation-failure userspace gets the exit and nothing is queued. Without it KVM queues #UD, which the next entry delivers whatever is mapped by then, and exits besides only at CPL 0 (pvm exits always, and queues nothing). So with it a guest that jumps into a real hole is reported each time.',
    rules: [
      'fetch.hole',
      'fetch.no-slot',
      'fetch.no-slot-hardware',
      'failure.exit',
      'failure.undefined',
      'failure.exit-pending',
      'failure.exit-unqueued',
      'entry.delivers',
      'fetch.hole-abort',
    ],
    steps: ['vcpu.hole', 'vcpu.exit'],
    excluded:
      'On arm64 it is an abort that the guest takes. A guest in a guest (L2) is not modelled; without the capability its failure queues #UD at any CPL and does not exit.',
    cells: [
      holds('batch', 'crash-visible'),
      fails('fetch-exit, always', 'crash-visible'),
      fails('fetch-exit', 'no-hole'),
    ],
  },
  {
    number: 6,
    question: 'Does an entry see the entries before it?',
    answer:
      'No. A batch is a finite map from ids to a region or to nothing, and S′ is S overridden by it. Entries in any order have the same effect; order matters only to which error is reported.',
    rules: ['batch.publish', 'batch.block-and-publish', 'batch.duplicate', 'batch.overlap'],
  },
  {
    number: 7,
    question: 'Are removals done before the rest?',
    answer:
      'There is nothing to hoist: only the final set is judged and published. Every page that is owed, by a removal or otherwise, is blocked by the same first swap, and everything is published by the second.',
    rules: ['batch.block-and-publish', 'batch.overlap'],
  },
  {
    number: 8,
    question: 'Who names the operation of an entry?',
    answer:
      'The caller says set or remove, and nothing more. Whether a set creates, moves, resizes, backs anew or changes flags follows from S. Size 0 is an error and not a removal, and a removal that carries a region is an error.',
    rules: ['batch.empty-region', 'batch.removal-carries-fields', 'batch.remove-absent'],
  },
  {
    number: 9,
    question: 'Against what is overlap checked?',
    answer:
      'In a batch against the final set S′ alone, so ranges may be exchanged freely; internal slots take part. In a single call against the other slots of the active set of the same space.',
    rules: ['batch.overlap', 'set.overlap'],
  },
  {
    number: 10,
    question: 'May one id stand in a batch twice?',
    answer:
      'No: EINVAL at the later of the two. It is never needed, since one entry may replace everything about a slot, and a removal and creation of one id is a set.',
    rules: ['batch.duplicate'],
  },
  {
    number: 11,
    question: 'May a slot move in a batch?',
    answer:
      'Yes: an entry that sets a live id to another base moves it, and may resize it, back it anew and change its flags at once. Its log goes with its host pages.',
    rules: ['batch.block-and-publish', 'set.move'],
  },
  {
    number: 12,
    question: 'May a removal follow a creation or a change of flags of the same slot?',
    answer:
      'There is no following: an id stands in a batch once, so the two cannot both be said. What would have been the end of such a sequence is said directly.',
    rules: ['batch.duplicate'],
  },
  {
    number: 13,
    question: 'What is an entry that changes nothing?',
    answer:
      'Legal, and without effect. A batch of which every entry is such succeeds without a swap and at the same generation; so does one without entries. A single call that describes a slot as it is does likewise.',
    rules: ['batch.nothing', 'batch.empty', 'set.no-op'],
  },
  {
    number: 14,
    question: 'What is undone when a batch fails?',
    answer:
      'Nothing, because nothing was done. Every check, and every allocation that is needed later, comes before anything is blocked; from the first swap on the call cannot fail. A MOVE by a single call, by contrast, can fail after two swaps.',
    rules: [
      'batch.no-memory',
      'batch.no-space',
      'batch.result-fault',
      'batch.memory-scarce',
      'set.no-metadata',
    ],
    steps: ['update.fails', 'update.fail'],
    cells: [holds('batch', 'all-or-nothing'), fails('rfc-list', 'all-or-nothing')],
  },
  {
    number: 15,
    question: 'Is everything validated first?',
    answer:
      'Yes, in four stages: header, each entry, the final set, the space for the result. Stages come one after the other, in each the lowest index first, and at an index the checks in their order.',
    rules: ['batch.header-flags', 'batch.id', 'batch.overlap', 'batch.no-space'],
  },
  {
    number: 16,
    question: 'Where is the address space named?',
    answer:
      'In the header: a batch concerns one address space. A space that does not exist is EINVAL with index −1.',
    rules: ['batch.space'],
  },
  {
    number: 17,
    question: 'In what order do several address spaces change?',
    answer:
      'A batch leaves sets, generation and logs of every other space alone. Two spaces need two batches, and their order is the caller’s.',
    rules: ['batch.publish', 'batch.block-and-publish', 'batch.space'],
    cells: [holds('batch', 'space-scoped')],
    excluded: 'An update of several spaces at once is not offered: none of the uses in the thread needs one.',
  },
  {
    number: 18,
    question: 'How many swaps are there, and how does the generation step?',
    answer:
      'At most two, whatever the number of entries: one that blocks the owed pages, none if nothing is owed, and one that publishes. The generation steps once for each, by the number of address spaces. A single call has one or two, and none where it changes nothing or fails early.',
    rules: [
      'batch.publish',
      'batch.block-and-publish',
      'set.create',
      'set.delete',
      'set.move',
      'set.flags-only',
    ],
    steps: ['update.publish'],
  },
  {
    number: 19,
    question: 'When are pages blocked and translations flushed?',
    answer:
      'Owed pages, and at least those, are blocked, revoked and drained between the two swaps, so before anything that conflicts with them is published. Which pages are owed follows from the classes of S and S′. Revoking more is allowed.',
    rules: ['batch.block-and-publish', 'batch.publish'],
    steps: ['update.await-turns', 'update.revoke', 'update.drain'],
  },
  {
    number: 20,
    question: 'What of a writable page whose host page changes?',
    answer:
      'It is of the class redirected, so it is owed: blocked, revoked and drained before the new host page is published. No write through that frame reaches the old page once one has completed at the new.',
    rules: ['batch.block-and-publish'],
    steps: ['update.revoke', 'update.drain'],
    cells: [holds('batch', 'write-coherent')],
  },
  {
    number: 21,
    question: 'What becomes of the dirty bitmap when a slot shrinks, is split, punched or merged?',
    answer:
      'Bits of pages that live on are carried: to the logged page of the same host page at the same frame or in the slot of the same id. Bits of logged pages that do not live on are retired, and reported or counted in the result. None is lost unless the caller chose to have only the count.',
    rules: ['batch.block-and-publish', 'batch.publish', 'answer.batch', 'batch.no-space'],
    steps: ['update.carry', 'update.retire'],
    cells: [holds('batch', 'dirty-complete'), fails('sequential', 'dirty-complete')],
  },
  {
    number: 22,
    question: 'What of bits set after the last fetch, of PML, of a dirty ring?',
    answer:
      'Retired bits are the final ones, read once the last holder of S has drained and every buffer of noted writes (PML) is flushed, so nothing is set after them. A deletion by a single call loses unread bits, as Linux does. While a ring is in use a batch that would carry or retire a log is ENXIO.',
    rules: ['batch.block-and-publish', 'batch.ring', 'set.delete', 'get.ring', 'clear.ring'],
    steps: ['update.drain', 'update.flush', 'update.retire', 'vcpu.flush', 'vcpu.flush-last', 'harvest.get'],
    cells: [holds('batch, buffered', 'dirty-complete'), fails('sequential, buffered', 'dirty-complete')],
    excluded:
      'The contents of the ring are outside the specification. PML is known at the grain of steps, as the variants `buffered` of designs: a whole call leaves no buffer behind.',
  },
  {
    number: 23,
    question: 'What of rmaps, large-page state and doubled memory?',
    answer:
      'It is not observable, so an update may hold old and new at once. All of it is allocated before anything is blocked, and its lack is ENOMEM with nothing done.',
    rules: ['batch.no-memory', 'set.no-metadata'],
    excluded: 'How metadata is carried over is left to the implementation.',
  },
  {
    number: 24,
    question: 'Can a slot grow without anything being invalidated, or shrink?',
    answer:
      'Growing owes no page: one swap, nothing blocked. Shrinking owes the pages that vanish and no others; what stays is kept and not disturbed.',
    rules: ['batch.publish', 'batch.block-and-publish', 'set.immutable'],
    cells: [holds('batch', 'undisturbed'), fails('batch, over-block', 'undisturbed')],
  },
  {
    number: 25,
    question: 'Can READONLY be switched on a live slot?',
    answer:
      'In a batch, both ways. Off is relaxed and owes nothing; on is restricted, and owes the writes. A single call still refuses it.',
    rules: ['batch.publish', 'batch.block-and-publish', 'set.immutable'],
  },
  {
    number: 26,
    question: 'What are the limits?',
    answer:
      'A batch has at most as many entries as the capability reports, by default the limit of slots, so any replacement fits; more is E2BIG. Ids, sizes and the last frame are limited as in a single call.',
    rules: ['batch.too-many', 'batch.id', 'batch.too-large', 'batch.beyond-max-gfn'],
  },
  {
    number: 27,
    question: 'What of other slot calls and GET_DIRTY_LOG in the middle of a batch?',
    answer:
      'There is no middle for them: all slot, log and capability calls of a VM are serialised. A caller that has fetched a log and finds the slot replaced since is told so by CLEAR, if it names the generation it knows.',
    rules: ['clear.stale', 'clear.future', 'get.report', 'get.consume'],
    steps: ['harvest.get'],
  },
  {
    number: 28,
    question: 'What is visible when the call returns?',
    answer:
      'S′, to every vCPU, whatever its current space. An access that starts after the return is looked up in S′, and each write that starts after it on a page that is now logged is logged.',
    rules: ['batch.publish', 'batch.block-and-publish', 'read.memory', 'write.memory', 'lookup.slot'],
    steps: ['update.drain', 'update.return'],
    cells: [holds('batch', 'two-maps')],
  },
  {
    number: 29,
    question: 'May guest_memfd or userfault slots stand in a batch?',
    answer:
      'A slot of guest_memfd may be removed by a batch, not created or changed: EINVAL. Flags that the specification does not know are EINVAL, those of userfault among them.',
    rules: ['batch.memfd', 'batch.flags', 'set.memfd-live'],
  },
  {
    number: 30,
    question: 'What are the rules for capability, flags and padding?',
    answer:
      'Unknown flags and non-zero reserved bytes are EINVAL, in the header and in every entry, so that they can come to mean something. The number of entries is what the capability reports.',
    rules: ['batch.header-flags', 'batch.header-reserved', 'batch.reserved', 'batch.flags', 'batch.too-many'],
    excluded:
      'Asking for the capability itself is no operation of the specification: its answer is a parameter.',
  },
]
