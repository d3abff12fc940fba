export { type Fault, faults } from './faults.js'
export { plays } from './plays/index.js'
export { type StressReport, StressReportCodec } from './report-codec.js'
export { type StressOptions, stress, violationsOf } from './stress.js'
