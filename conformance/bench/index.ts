export {
  BENCH_VERDICTS,
  type BenchReport,
  BenchReportCodec,
  type BenchRow,
  type BenchVerdict,
  type Environment,
  type Target,
} from '../reports/bench/codec.js'
export { type RenderBenchOptions, renderBench } from '../reports/bench/text.js'
export { runApart } from './apart.js'
export type { Benchmark, Comparison } from './benchmark.js'
export type { Contender } from './contender.js'
export {
  type BenchName,
  type BenchOptions,
  type BenchProgress,
  benchNames,
  isBenchName,
  runBenchmarks,
} from './run.js'
