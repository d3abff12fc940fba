import { Option } from 'commander'
import { repeated } from '../../arguments.js'
import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { CasesExportOptions } from '../cases-export/cases-export.js'
import type { FreezeOptions } from './cases-freeze.js'

/** Exports the cases, or regenerates the frozen ones. */
export const declareCasesFreeze = ({ program, io, run }: Declaring): void => {
  const cases = program
    .command('cases')
    .description('the cases of the suite, for others to use')
    .argument('[directory]', 'where they are exported to')
    .addOption(
      new Option(
        '--export <format>',
        'json: with a schema and an interpreter in Python; kselftest: those without a guest as a program in C',
      ).choices(['json', 'kselftest']),
    )
    .option('--filter <text>', 'only cases whose names hold this, or match it with *; repeatable', repeated)
    .option(...JSON_OPTION)
    .action((directory: string | undefined, options: CasesExportOptions) =>
      run(async () => (await import('../cases-export/cases-export.js')).casesExport(directory, options, io)),
    )
  cases
    .command('freeze')
    .description('regenerate the frozen cases from the specification and print what that changes')
    .option('--only <family>', 'only this family; repeatable', repeated)
    .option('--check', 'write nothing; a difference is a failure')
    .option(...JSON_OPTION)
    .action((options: FreezeOptions) =>
      run(async () => (await import('./cases-freeze.js')).casesFreeze(options, io)),
    )
}
