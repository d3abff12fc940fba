import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { ExplainOptions } from './explain.js'

/** Explains a rule. */
export const declareExplain = ({ program, io, run }: Declaring): void => {
  program
    .command('explain')
    .description('everything that is known of one rule')
    .argument('<rule>', 'its name, like set.overlap')
    .option(...JSON_OPTION)
    .action((rule: string, options: ExplainOptions) =>
      run(async () => (await import('./explain.js')).explain(rule, options, io)),
    )
}
