import * as t from 'io-ts'

const orNull = <C extends t.Mixed>(codec: C) => t.union([codec, t.null])

/** A 64-bit address or size, `0x…`, in bytes. */
const U64 = t.string
/** Seconds, as recorded: since the epoch for `strace -ttt` and QEMU. */
const Time = t.number
const Tids = t.array(t.number)
/** A thread; null where the recording does not name threads. */
const Tid = orNull(t.number)

/** Why it is not known who was inside KVM_RUN, and what recording would tell. */
export const ReportUnknown = t.type({
  because: t.string,
  /** What to record to know. */
  record: t.string,
})

/** Frames that were unmapped for a while. */
const absence = {
  as: t.number,
  gpa: U64,
  size: U64,
  /** What engineers call memory there, or what QEMU's map says of it (--mtree); null: nothing. */
  name: orNull(t.string),
  /** The start of the call that unmapped it and of the call that mapped it again; null where not recorded. */
  from: orNull(Time),
  to: orNull(Time),
  /** Seconds in between. */
  seconds: orNull(t.number),
  fromLine: t.number,
  toLine: t.number,
  /** The other vCPU threads inside KVM_RUN at some moment of it, as far as proven; null where unknown. */
  running: orNull(Tids),
  /** Why it is unknown; null where it is known. */
  unknown: orNull(ReportUnknown),
  /** The caller above the ioctl wrapper (`strace -k`); null where not recorded. */
  caller: orNull(t.string),
}

/** A window: nothing of the thread that unmapped the frames lies between that shows its commit was over. */
export const ReportWindow = t.type({
  ...absence,
  /** Whether no vCPU had run yet; null where not recorded. */
  beforeRun: orNull(t.boolean),
  /** Bytes of it that were read-only before: a write there ends in an MMIO exit at any time. */
  readOnly: U64,
  /** Whether it came back with the same memory behind it, other memory, or partly. */
  backing: t.union([t.literal('same'), t.literal('other'), t.literal('mixed')]),
  /** KVM_RUN exits of other threads within it that say that memory was missing, where exits were recorded. */
  exits: t.type({ mmio: t.number, internalError: t.number }),
})

/** Memory that was unplugged, and plugged again by another commit. */
export const ReportReplugged = t.type({ vm: t.number, ...absence })

/** Memory that was unmapped and mapped again, and it is open whether within one update. */
export const ReportUndecided = t.type({
  vm: t.number,
  ...absence,
  /** Why it is open. */
  because: t.string,
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

/** A slot lost its dirty bitmap. Which pages were dirty is never recorded. */
export const ReportRisk = t.type({
  line: t.number,
  as: t.number,
  id: t.number,
  gpa: U64,
  pages: t.number,
  /** By what: the slot was deleted, or its logging switched off. */
  by: t.union([t.literal('delete'), t.literal('logging off')]),
  loggedSinceLine: t.number,
  loggedSeconds: orNull(t.number),
  writers: orNull(Tids),
  harvest: ReportHarvest,
  /** A dirty ring is in use: entries still unread name a slot that is gone. */
  ring: t.boolean,
  /** How much it matters. */
  grade: t.union([
    t.literal('harvested'),
    t.literal('vCPU in between'),
    t.literal('never harvested'),
    t.literal('unknown'),
  ]),
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

/** The memslot calls of one thread on one VM between two boundaries. */
export const ReportUpdate = t.type({
  vm: t.number,
  tid: Tid,
  calls: t.number,
  failed: t.number,
  firstLine: t.number,
  lastLine: t.number,
  from: orNull(Time),
  to: orNull(Time),
  windows: t.array(ReportWindow),
  moreWindows: t.number,
  dirtyAtRisk: t.array(ReportRisk),
  /** Other threads that changed slots of the VM meanwhile. */
  alsoChangedBy: Tids,
  /** The batch of the lowest space the update touched; for any further space it touched, one more batch. */
  batch: ReportBatch,
  furtherBatches: t.array(ReportBatch),
})

/** A window by its place in the report. */
export const WindowRef = t.type({ update: t.number, window: t.number })

export const Lane = t.type({
  tid: t.number,
  intervals: t.array(t.type({ from: orNull(Time), to: orNull(Time) })),
})

/** A call whose result the recording's environment would have to explain, or that no rule allows. */
export const ReportJudged = t.type({
  line: t.number,
  call: t.string,
  seen: t.string,
  allowed: t.array(t.string),
  /** What explains it; null in a deviation. */
  by: orNull(t.string),
})

/** A call that failed, with every reason known. */
export const ReportFailure = t.type({
  line: t.number,
  call: t.string,
  errno: t.string,
  /** The rule that refuses it; null where no rule does. */
  rule: orNull(t.string),
  /** What is so: the slot it overlaps, the bound it exceeds. */
  because: t.array(t.string),
  /** What else would have to be known. */
  ask: t.array(t.string),
})

export const Verdict = t.type({
  is: t.union([t.literal('affected'), t.literal('not affected'), t.literal('cannot tell')]),
  /** Why, each a sentence. */
  because: t.array(t.string),
  /** What to record to know; null where it is known. */
  record: orNull(t.string),
})

export const AuditReport = t.type({
  schema: t.literal('memslot-audit'),
  version: t.literal(2),
  file: t.string,
  /** The files of a recording in several, and where the lines named in this report stand in them. */
  files: t.array(t.string),
  origins: t.array(t.type({ line: t.number, file: t.number, at: t.number })),
  format: t.union([
    t.literal('strace'),
    t.literal('qemu-trace'),
    t.literal('qemu-error'),
    t.literal('vmm-log'),
    t.literal('bpftrace'),
  ]),
  /** What a recorded time is: the start of a call, its end, both, or not recorded. */
  stamps: t.union([t.literal('begin'), t.literal('end'), t.literal('both'), t.literal('none')]),
  /** Times are sums of differences (`strace -r`), right only where no line is missing. */
  relative: t.boolean,
  /** Seconds that a commit may take between two calls. */
  pause: t.number,
  verdict: Verdict,
  /** Memslot calls, and those of them that failed. */
  calls: t.number,
  failed: t.number,
  deviations: t.array(ReportJudged),
  explained: t.array(ReportJudged),
  failures: t.array(ReportFailure),
  updates: t.array(ReportUpdate),
  /** The window with most memory × time, those met by running vCPUs first; and the one that lasted longest. */
  worst: orNull(WindowRef),
  longest: orNull(WindowRef),
  /** KVM_RUN of the vCPU threads around the worst window; null where not recorded. */
  lanes: orNull(t.array(Lane)),
  replugged: t.array(ReportReplugged),
  undecided: t.array(ReportUndecided),
  vms: t.array(
    t.type({
      vm: t.number,
      fd: orNull(t.number),
      line: t.number,
      /** Whether its creation was recorded: if not, its slots before are unknown. */
      created: t.boolean,
      /** The argument of KVM_CREATE_VM; null where not recorded. */
      type: orNull(t.number),
      /** The threads seen to run one of its vCPUs. */
      vcpuThreads: Tids,
    }),
  ),
  totals: t.type({
    updates: t.number,
    updatesWithWindows: t.number,
    windows: t.number,
    /** Windows by what the vCPUs did: one was inside KVM_RUN, none was, none had run yet, not recorded. */
    windowsMet: t.number,
    windowsUnmet: t.number,
    windowsBeforeRun: t.number,
    windowsUnknown: t.number,
    replugged: t.number,
    undecided: t.number,
    /** Slots that lost their dirty bitmap, by how much it matters. */
    atRisk: t.number,
    atRiskHarvested: t.number,
    atRiskInBetween: t.number,
    atRiskNeverHarvested: t.number,
    atRiskUnknown: t.number,
    deviations: t.number,
    explained: t.number,
    vms: t.number,
  }),
  /** Why it cannot be known where updates end; empty where it can. */
  boundariesUnknown: t.array(t.string),
  counted: t.type({
    lines: t.number,
    unknownLines: t.number,
    /** The first of them: what stands there and what was expected. */
    broken: t.array(t.type({ line: t.number, found: t.string, expected: t.string })),
    otherLines: t.number,
    /** KVM_GET_DIRTY_LOG and KVM_CLEAR_DIRTY_LOG. */
    logCalls: t.number,
    runs: t.number,
    /** Memslot calls of whose argument only a pointer was recorded, or whose line could not be read. */
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
export type ReportWindow = t.TypeOf<typeof ReportWindow>
export type ReportReplugged = t.TypeOf<typeof ReportReplugged>
export type ReportUndecided = t.TypeOf<typeof ReportUndecided>
export type ReportUnknown = t.TypeOf<typeof ReportUnknown>
export type ReportRisk = t.TypeOf<typeof ReportRisk>
export type ReportBatch = t.TypeOf<typeof ReportBatch>
export type ReportEntry = t.TypeOf<typeof ReportEntry>
export type ReportClasses = t.TypeOf<typeof ReportClasses>
export type ReportFailure = t.TypeOf<typeof ReportFailure>
export type ReportJudged = t.TypeOf<typeof ReportJudged>
export type WindowRef = t.TypeOf<typeof WindowRef>
export type Lane = t.TypeOf<typeof Lane>
