export { type MatterReport, MatterReportCodec, type MatterResult } from '../../reports/matter/codec.js'
export { type RenderMatterOptions, renderChange, renderMattering } from '../../reports/matter/text.js'
export { type MatterOptions, type MatterProgress, mattering } from './matter.js'
