export { type MatterOptions, type MatterProgress, mattering } from './matter.js'
export { type RenderMatterOptions, renderChange, renderMattering } from './render.js'
export { type MatterReport, MatterReportCodec, type MatterResult } from './report-codec.js'
