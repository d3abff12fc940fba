export type { CaseDeviation, CoverageReport, Skip, SuiteReport } from '../reports/conform/codec.js'
export { type BlockSelection, type SelectedBlock, selectBlocks, wantedCases } from './blocks/select.js'
export { loadSuite, type Selection } from './load.js'
export { type RunOptions, runSuite } from './run.js'
