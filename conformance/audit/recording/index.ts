export { type ImportError, showImportError } from './import-error.js'
export {
  createImporter,
  formatOf,
  type Importer,
  type ImportOptions,
  type RecordingFacts,
} from './import-recording.js'
export type { Format } from './reader.js'
export type { Outcome, RecordedCall, RecordedRegion, SlotName, VmId } from './record.js'
export { bpftraceScript } from './recorder/bpftrace.js'
export type { RecordingFormat } from './recording-format.js'
export type { ImportSummary } from './summary.js'
