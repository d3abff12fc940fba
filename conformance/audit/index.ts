export {
  AuditReport,
  type ReportBatch,
  type ReportEntry,
  type ReportHole,
  type ReportRisk,
  type ReportUpdate,
} from '../reports/audit/codec.js'
export { renderAuditHtml } from '../reports/audit/page/render-audit-html.js'
export { renderAudit, type TextOptions } from '../reports/audit/text/render-audit.js'
export { auditRecording } from './audit-recording.js'
export { type Auditor, createAuditor } from './auditor.js'
