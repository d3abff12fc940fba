import { numbered } from '../../arguments.js'
import { type Declaring, JSON_OPTION, TARGET } from '../../declare.js'
import type { FuzzOptions } from './fuzz.js'

/** Judges an implementation by drawn sequences. */
export const declareFuzz = ({ program, io, run }: Declaring): void => {
  program
    .command('fuzz')
    .description('drive an implementation and the specification side by side through drawn sequences')
    .option('--target <target>', TARGET, 'impl')
    .addOption(
      numbered('--seed <n>', 'draw these sequences; others each time where absent, and it is printed'),
    )
    .addOption(numbered('--runs <n>', 'how many sequences').conflicts('time'))
    .addOption(numbered('--time <seconds>', 'for how long'))
    .addOption(numbered('--invalid <percent>', 'operations that are made invalid, of a hundred'))
    .addOption(numbered('--time-limit <seconds>', 'how long a sequence may take'))
    .option(
      '--facade',
      'of impl: each call is made wrongly as well, which must be refused and change nothing',
    )
    .option('--out <file>', 'write the trace of the first deviation here, of others beside it')
    .option(...JSON_OPTION)
    .action((options: FuzzOptions) => run(async () => (await import('./fuzz.js')).fuzz(options, io)))
}
