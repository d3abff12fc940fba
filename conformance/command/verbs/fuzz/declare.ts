import { Option } from 'commander'
import { count, percent, seconds, seed } from '../../arguments.js'
import { type Declaring, JSON_OPTION, TARGET } from '../../declare.js'
import type { FuzzOptions } from './fuzz.js'

/** Judges an implementation by drawn sequences. */
export const declareFuzz = ({ program, io, run }: Declaring): void => {
  program
    .command('fuzz')
    .description('drive an implementation and the specification side by side through drawn sequences')
    .option('--target <target>', TARGET, 'impl')
    .option('--seed <n>', 'draw these sequences (default: others each time; the seed is printed)', seed)
    .addOption(new Option('--runs <n>', 'how many sequences').argParser(count).conflicts('time'))
    .addOption(new Option('--time <seconds>', 'for how long').argParser(seconds))
    .option('--invalid <percent>', 'operations that are made invalid, of a hundred', percent)
    .option('--time-limit <seconds>', 'how long a sequence may take', seconds)
    .option('--out <file>', 'write the trace of the first deviation here, of others beside it')
    .option(...JSON_OPTION)
    .action((options: FuzzOptions) => run(async () => (await import('./fuzz.js')).fuzz(options, io)))
}
