import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { CheckOptions } from './check.js'

/** Judges traces. */
export const declareCheck = ({ program, io, run }: Declaring): void => {
  program
    .command('check')
    .description('judge traces: conforms, deviates (and why), or inconclusive')
    .argument('<files...>', 'traces in NDJSON; - is standard input')
    .option('--full', 'refute every rule of the family by name')
    .option('--fail-fast', 'stop at the first deviation')
    .option(...JSON_OPTION)
    .action((files: readonly string[], options: CheckOptions) =>
      run(async () => (await import('./check.js')).check(files, options, io)),
    )
}
