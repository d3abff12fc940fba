/**
 * The package `kvm-memslot-spec/conformance`: judge an implementation of memslots from a program. `runSuite` asks a
 * `Target` the cases that `loadSuite` reads and returns a `SuiteReport`; `inProcess` makes a target of a class in this
 * process. `implTarget` and `specTarget` are the implementation and the specification of this package as targets. An implementation in another language is judged by the command (`conformance/PROTOCOL.md`).
 */
export { type Allowed, type Case, CaseCodec } from './cases/case.js'
export { allows } from './cases/judge-answer.js'
export { DesignsReportCodec } from './reports/designs/codec.js'
export {
  type CaseDeviation,
  type CoverageReport,
  loadSuite,
  type RunOptions,
  runSuite,
  type Selection,
  type Skip,
  type SuiteReport,
} from './suite/index.js'
export { FEATURES, type Feature, featuresOf } from './targets/features.js'
export { implTarget } from './targets/impl.js'
export { type Answering, type InProcess, inProcess, isInProcess, recordsOf } from './targets/in-process.js'
export { specTarget } from './targets/spec.js'
export type { StopSignal } from './targets/stop-signal.js'
export { type Config, type Hello, HelloCodec, type Session, type Target } from './targets/target.js'
export { type FailureKind, TargetFailure, TargetRefusal } from './targets/target-error.js'
