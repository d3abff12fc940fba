export { countViolations, type StressReport, StressReportCodec } from '../reports/stress/codec.js'
export { type Fault, faults } from './faults.js'
export { plays } from './plays/index.js'
export { type StressOptions, stress } from './stress.js'
