export type { CaseDeviation, CoverageReport, Skip, SuiteReport } from '../reports/conform/codec.js'
export { type BlockSelection, type SelectedBlock, selectingBlocks, wantedCases } from './blocks/select.js'
export { loadingSuite, loadSuite, type Selection } from './load.js'
export { type RunOptions, runSuite } from './run.js'
