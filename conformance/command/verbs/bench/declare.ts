import { numbered } from '../../arguments.js'
import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { BenchOptions } from './bench.js'

/** Measures, beside peers. */
export const declareBench = ({ program, io, run }: Declaring): void => {
  program
    .command('bench')
    .description('how fast it is, beside its peers')
    .argument('[names...]', 'benchmarks; without a name, all of them')
    .addOption(
      numbered('--rounds <n>', 'rounds after warming up; with fewer than 9 verdicts are inconclusive'),
    )
    .option('--list', 'the names of the benchmarks')
    .option('--results <directory>', 'write a page of the results with plots there')
    .option(...JSON_OPTION)
    .action((names: readonly string[], options: BenchOptions) =>
      run(async () => (await import('./bench.js')).bench(names, options, io)),
    )
}
