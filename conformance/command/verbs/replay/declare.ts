import { Option } from 'commander'
import { type Declaring, JSON_OPTION, TARGET } from '../../declare.js'
import type { ReplayOptions } from './replay.js'

/** Runs a trace again. */
export const declareReplay = ({ program, io, run }: Declaring): void => {
  program
    .command('replay')
    .description('run the operations of a trace again on a target')
    .argument('<file>', 'a trace in NDJSON; - is standard input')
    .option('--target <target>', TARGET, 'impl')
    .addOption(
      new Option('--emit <language>', 'run nothing: print a program that does it on a real kernel').choices([
        'c',
      ]),
    )
    .option('--full', 'refute every rule of the family by name')
    .option(...JSON_OPTION)
    .action((file: string, options: ReplayOptions) =>
      run(async () => (await import('./replay.js')).replay(file, options, io)),
    )
}
