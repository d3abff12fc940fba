import { Option } from 'commander'
import { numbered, repeated } from '../../arguments.js'
import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { DesignsOptions } from './designs.js'

/** Compares the designs of the thread. */
export const declareDesigns = ({ program, io, run }: Declaring): void => {
  program
    .command('designs')
    .description('the designs of the thread compared: each property holds in all states, or fails by a run')
    .addOption(
      new Option('--scope <scope>', 'how many updates are taken')
        .choices(['smoke', 'default', 'whole'])
        .default('default'),
    )
    .option('--design <id>', 'only this design; repeatable', repeated)
    .option('--property <id>', 'only this property; repeatable', repeated)
    .option(
      '--runs',
      'print the run of every cell that fails; the default where both a design and a property are named',
    )
    .option(
      '--fault <id>',
      'in place of the matrix, the run that this seeded fault leads to; repeatable',
      repeated,
    )
    .option(
      '--recorded <file>',
      'in place of the matrix, what each design would have needed for the updates of a recording; repeatable',
      repeated,
    )
    .option('--html <file>', 'write a page that shows it all')
    .option(
      '--write',
      'keep it as the matrix that the tests hold to the rules, or as the table of --recorded',
    )
    .addOption(numbered('--jobs <n>', 'rows computed at a time; as many as there are cores where absent'))
    .option(...JSON_OPTION)
    .action((options: DesignsOptions) => run(async () => (await import('./designs.js')).designs(options, io)))
}
