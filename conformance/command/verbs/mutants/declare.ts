import { numbered } from '../../arguments.js'
import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { MutantsOptions } from './mutants.js'

/** Judges the suite by mutants: patches that put known faults into the code. */
export const declareMutants = ({ program, io, run }: Declaring): void => {
  program
    .command('mutants')
    .description('patch known faults into copies of the sources, and report which suite catches each')
    .option('--only <ids...>', 'only these mutants')
    .addOption(numbered('--workers <n>', 'how many at a time'))
    .option(...JSON_OPTION)
    .action((options: MutantsOptions) => run(async () => (await import('./mutants.js')).mutants(options, io)))
}
