import { repeated } from '../../arguments.js'
import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { FreezeOptions } from './cases-freeze.js'

/** Regenerates the frozen cases. */
export const declareCasesFreeze = ({ program, io, run }: Declaring): void => {
  program
    .command('cases')
    .description('the cases of the suite')
    .command('freeze')
    .description('regenerate the frozen cases from the specification and print what that changes')
    .option('--only <family>', 'only this family; repeatable', repeated)
    .option('--check', 'write nothing; a difference is a failure')
    .option(...JSON_OPTION)
    .action((options: FreezeOptions) =>
      run(async () => (await import('./cases-freeze.js')).casesFreeze(options, io)),
    )
}
