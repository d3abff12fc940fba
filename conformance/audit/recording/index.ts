export { type ImportError, showImportError } from './import-error.js'
export { detectFormat, type ImportOptions, importRecording } from './import-recording.js'
export type { Outcome, RecordedCall, RecordedRegion, SlotName, VmId } from './record.js'
export type { ImportSummary, RecordingFormat } from './summary.js'
