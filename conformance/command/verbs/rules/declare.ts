import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { RulesOptions } from './rules.js'

/** Lists the rules. */
export const declareRules = ({ program, io, run }: Declaring): void => {
  program
    .command('rules')
    .description('the index of the rules')
    .option('--family <family>', 'only the rules whose names begin so, like set or batch')
    .option(...JSON_OPTION)
    .action((options: RulesOptions) => run(async () => (await import('./rules.js')).rules(options, io)))
}
