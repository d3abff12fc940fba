export {
  type BenchReport,
  BenchReportCodec,
  type BenchRow,
  type Environment,
} from '../reports/bench/codec.js'
export { type RenderBenchOptions, renderBench } from '../reports/bench/text.js'
export { runApart } from './apart.js'
export type { Benchmark, Comparison, Target } from './benchmark.js'
export type { Contender } from './contender.js'
export {
  type BenchName,
  type BenchOptions,
  type BenchProgress,
  benchNames,
  isBenchName,
  runBenchmarks,
} from './run.js'
export { BENCH_VERDICTS, type BenchVerdict } from './verdict.js'
