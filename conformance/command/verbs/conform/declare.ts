import { Option } from 'commander'
import { numbered, repeated } from '../../arguments.js'
import { type Declaring, JSON_OPTION, TARGET } from '../../declare.js'
import type { ConformOptions } from './options.js'

/** Judges an implementation by the suite. */
export const declareConform = ({ program, io, run }: Declaring): void => {
  program
    .command('conform')
    .description('run the suite on an implementation')
    .option(
      '--target <target>',
      `${TARGET}; or linux-arm64[:VERSION|FOLDER], which the exported program asks`,
      'impl',
    )
    .option('--filter <text>', 'only cases whose names hold this, or match it with *; repeatable', repeated)
    .addOption(new Option('--smoke', 'a spread of the cases, in seconds').conflicts('full'))
    .option('--full', 'every block of the exhaustive families, not a drawn part')
    .addOption(numbered('--seed <n>', 'draw these blocks; others each time where absent, and it is printed'))
    .addOption(
      new Option('--errors <order>', 'strict: in Linux’s order; loose: any that is true of the call')
        .choices(['strict', 'loose'])
        .default('strict'),
    )
    .addOption(numbered('--time-limit <seconds>', 'how long a program may take'))
    .option('--sequential', 'judge programs of one thread alone, and whether updates are atomic not at all')
    .option('--junit <file>', 'write a JUnit report as well')
    .option('--save <directory>', 'write the trace of every deviation there')
    .option('--all', 'print every deviation in full')
    .option('--coverage', 'list every family, and the rules and premises that were not reached')
    .option('--keep', 'keep the verdicts on a real kernel as data, in conformance/kernels/measured')
    .option(...JSON_OPTION)
    .action((options: ConformOptions) => run(async () => (await import('./conform.js')).conform(options, io)))
}
