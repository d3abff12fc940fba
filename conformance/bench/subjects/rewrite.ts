import type { Benchmark } from '../benchmark.js'
import { patternBenchmark } from './patterns.js'
import { stepBenchmarks } from './steps.js'

/** The engine: patterns compiled against patterns interpreted, and whole steps. */
export const rewriteBenchmarks = (): readonly Benchmark[] => [patternBenchmark(), ...stepBenchmarks()]
