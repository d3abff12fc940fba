import type { ReportFailure, ReportJudged } from '../reports/audit/codec.js'
import type { CommitSink } from './commits.js'
import type { Capabilities } from './environment.js'
import type { AuditOptions } from './options.js'
import type { RecordingFacts } from './recording/import-recording.js'
import type {
  CallBegins,
  CheckExtension,
  CreateVcpu,
  GetDirty,
  MaySet,
  OtherCall,
  Run,
  SetRegion,
  VmBegins,
} from './recording/record.js'
import type { VcpuThreads } from './vcpu-threads.js'

/** What a VM of the recording tells while it is followed. */
export interface VmSink extends CommitSink {
  deviation(judged: ReportJudged): void
  explained(judged: ReportJudged): void
  failure(failure: ReportFailure): void
  notJudged(): void
}

/** What is known of the recording as a whole, and what the user says of it. */
export interface VmContext {
  readonly options: AuditOptions
  readonly ofHost: Capabilities
  readonly facts: () => RecordingFacts
  /** Whether any thread has entered KVM_RUN, of whatever VM. */
  readonly anyRun: () => boolean
}

/** One VM while the recording is read. */
export interface AuditedVm {
  readonly begins: VmBegins
  readonly threads: VcpuThreads
  begun(call: CallBegins): void
  /** A vCPU entered KVM_RUN; its return comes as `run`. */
  entered(call: CallBegins): void
  set(call: SetRegion): void
  /** A memslot call that may have been on this VM. */
  maySet(call: MaySet): void
  harvest(call: GetDirty): void
  /** Any other ioctl on the VM or its vCPUs. */
  other(call: OtherCall): void
  vcpuCreated(call: CreateVcpu): void
  run(call: Run): void
  /** A vCPU ran, and it is not known of which VM. */
  ranSomewhere(): void
  /** KVM_RUN of a thread, on whatever VM, or a wait of it: its commit is over. */
  boundary(tid: number | null): void
  learn(call: CheckExtension): void
  /** Why it cannot be known where updates of this VM end; empty where it can. */
  boundariesUnknown(): readonly string[]
  /** A memslot line could not be read, or only a pointer was recorded. */
  changesUnknown(): boolean
  /** The lines of its first vCPU are missing, and memslot calls perhaps among them. */
  incomplete(): boolean
  /** Whether a call unmapped memory. */
  unmapped(): boolean
  end(): void
}
