import * as t from 'io-ts'

const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null])

/** A 64-bit address or size, `0x…`, in bytes. */
const U64 = t.string
/** Seconds, as recorded: since the epoch for `strace -ttt` and QEMU. */
const Time = t.number
const Tids = t.array(t.number)
/** A thread; null where the recording does not name threads. */
const Tid = orNull(t.number)

export const ReportHole = t.type({
  as: t.number,
  gpa: U64,
  size: U64,
  /** The start of the call that unmapped it and of the call that mapped it again; null where not recorded. */
  from: orNull(Time),
  to: orNull(Time),
  /** Seconds in between. */
  seconds: orNull(t.number),
  fromLine: t.number,
  toLine: t.number,
  /** The other vCPU threads inside KVM_RUN at some moment of it; null where not recorded. */
  running: orNull(Tids),
  /** Whether no vCPU had run yet; null where not recorded. */
  beforeRun: orNull(t.boolean),
  /** Bytes of it that were read-only before: a write there ends in an MMIO exit at any time. */
  readOnly: U64,
  /** Whether it came back with the same memory behind it, other memory, or partly. */
  backing: t.union([t.literal('same'), t.literal('other'), t.literal('mixed')]),
})

export const ReportHarvest = t.union([
  t.type({ is: t.literal('none') }),
  t.type({ is: t.literal('not recorded') }),
  t.type({
    is: t.literal('perhaps'),
    line: t.number,
    seconds: orNull(t.number),
    justBefore: t.boolean,
    writers: orNull(Tids),
  }),
])

/** A logged slot was deleted. Which pages were dirty is never recorded. */
export const ReportRisk = t.type({
  line: t.number,
  as: t.number,
  id: t.number,
  gpa: U64,
  pages: t.number,
  loggedSinceLine: t.number,
  loggedSeconds: orNull(t.number),
  writers: orNull(Tids),
  harvest: ReportHarvest,
})

/** Pages of each class; unchanged holes are not counted. */
export const ReportClasses = t.type({
  kept: t.number,
  appeared: t.number,
  vanished: t.number,
  redirected: t.number,
  restricted: t.number,
  logged: t.number,
  relaxed: t.number,
})

export const ReportEntry = t.union([
  t.type({ do: t.literal('remove'), id: t.number }),
  t.type({ do: t.literal('set'), id: t.number, gpa: U64, size: U64, hva: U64, flags: t.number }),
])

export const ReportRange = t.type({ class: t.string, gpa: U64, size: U64 })

export const ReportBatch = t.type({
  as: t.number,
  entries: t.array(ReportEntry),
  /** Entries beyond those listed. */
  moreEntries: t.number,
  classes: ReportClasses,
  /** Where the pages of each class but `kept` lie. */
  ranges: t.array(ReportRange),
  moreRanges: t.number,
  /** Pages that the recorded calls unmapped although they are mapped before and after, and how many the batch keeps. */
  unmapped: t.number,
  unmappedKept: t.number,
  /** Logged pages before, and those whose dirty bits the batch hands to the caller because it ends their logging. */
  logged: t.number,
  retired: t.number,
})

export const ReportUpdate = t.type({
  vm: t.number,
  tid: Tid,
  calls: t.number,
  failed: t.number,
  firstLine: t.number,
  lastLine: t.number,
  from: orNull(Time),
  to: orNull(Time),
  holes: t.array(ReportHole),
  moreHoles: t.number,
  dirtyAtRisk: t.array(ReportRisk),
  /** Other threads that changed slots of the VM meanwhile. */
  alsoChangedBy: Tids,
  /** The batch of the lowest space the update touched; for any further space it touched, one more batch. */
  batch: ReportBatch,
  furtherBatches: t.array(ReportBatch),
})

/** A hole by its place in the report. */
export const HoleRef = t.type({ update: t.number, hole: t.number })

export const Lane = t.type({
  tid: t.number,
  intervals: t.array(t.type({ from: orNull(Time), to: orNull(Time) })),
})

export const AuditReport = t.type({
  schema: t.literal('memslot-audit'),
  version: t.literal(1),
  file: t.string,
  format: t.union([t.literal('strace'), t.literal('qemu-trace')]),
  /** What a recorded time is: the start of a call, its end, or not recorded. */
  stamps: t.union([t.literal('begin'), t.literal('end'), t.literal('none')]),
  /** Memslot calls, and those of them that failed. */
  calls: t.number,
  failed: t.number,
  deviations: t.array(t.type({ line: t.number, call: t.string, seen: t.string, allowed: t.array(t.string) })),
  updates: t.array(ReportUpdate),
  /** The hole with most memory × time, those met by running vCPUs first; and the one that lasted longest. */
  worst: orNull(HoleRef),
  longest: orNull(HoleRef),
  /** KVM_RUN of the vCPU threads around the worst hole; null where not recorded. */
  lanes: orNull(t.array(Lane)),
  vms: t.array(
    t.type({
      vm: t.number,
      fd: orNull(t.number),
      line: t.number,
      /** Whether its creation was recorded: if not, its slots before are unknown. */
      created: t.boolean,
      /** The threads seen to run one of its vCPUs. */
      vcpuThreads: Tids,
    }),
  ),
  totals: t.type({
    updates: t.number,
    updatesWithHoles: t.number,
    holes: t.number,
    /** Holes by what the vCPUs did: one was inside KVM_RUN, none was, none had run yet, not recorded. */
    holesMet: t.number,
    holesUnmet: t.number,
    holesBeforeRun: t.number,
    holesUnknown: t.number,
    loggedDeletes: t.number,
    deviations: t.number,
    vms: t.number,
  }),
  counted: t.type({
    lines: t.number,
    unknownLines: t.number,
    firstUnknown: t.array(t.number),
    otherLines: t.number,
    /** KVM_GET_DIRTY_LOG and KVM_CLEAR_DIRTY_LOG. */
    logCalls: t.number,
    runs: t.number,
    /** Memslot calls of whose argument only a pointer was recorded. */
    undecoded: t.number,
    /** Memslot calls on which the recording does not allow a verdict. */
    notJudged: t.number,
    neverEnded: t.number,
    neverBegun: t.number,
    ambiguous: t.number,
    cutShort: t.boolean,
  }),
})

export type AuditReport = t.TypeOf<typeof AuditReport>
export type ReportUpdate = t.TypeOf<typeof ReportUpdate>
export type ReportHole = t.TypeOf<typeof ReportHole>
export type ReportRisk = t.TypeOf<typeof ReportRisk>
export type ReportBatch = t.TypeOf<typeof ReportBatch>
export type ReportEntry = t.TypeOf<typeof ReportEntry>
export type ReportClasses = t.TypeOf<typeof ReportClasses>
export type HoleRef = t.TypeOf<typeof HoleRef>
export type Lane = t.TypeOf<typeof Lane>
