export { auditRecording } from './audit-recording.js'
export { type Auditor, createAuditor } from './auditor.js'
export { renderAuditHtml } from './html/render-audit-html.js'
export {
  AuditReport,
  type ReportBatch,
  type ReportEntry,
  type ReportHole,
  type ReportRisk,
  type ReportUpdate,
} from './report-codec.js'
export { renderAudit, type TextOptions } from './text/render-audit.js'
