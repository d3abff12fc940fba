export {
  AuditReport,
  type ReportBatch,
  type ReportEntry,
  type ReportRisk,
  type ReportUpdate,
  type ReportWindow,
} from '../reports/audit/codec.js'
export { renderAuditHtml } from '../reports/audit/page/render-audit-html.js'
export { renderAudit, type TextOptions } from '../reports/audit/text/render-audit.js'
export { auditFiles, auditRecording, type RecordingOptions } from './audit-recording.js'
export { type Auditor, createAuditor } from './auditor.js'
