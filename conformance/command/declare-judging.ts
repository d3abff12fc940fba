import type { Declaring } from './declare.js'
import { JSON_OPTION, TARGET } from './declare.js'
import type { CheckOptions } from './verbs/check.js'
import type { ExplainOptions } from './verbs/explain.js'
import type { ReplayOptions } from './verbs/replay.js'
import type { RulesOptions } from './verbs/rules.js'

/** Verbs that judge a trace, or show what it is judged by. */
export const declareJudging = ({ program, io, run }: Declaring): void => {
  program
    .command('check')
    .description('judge traces: conforms, deviates (and why), or inconclusive')
    .argument('<files...>', 'traces in NDJSON; - is standard input')
    .option('--full', 'refute every rule of the family by name')
    .option('--fail-fast', 'stop at the first deviation')
    .option(...JSON_OPTION)
    .action((files: readonly string[], options: CheckOptions) =>
      run(async () => (await import('./verbs/check.js')).check(files, options, io)),
    )
  program
    .command('replay')
    .description('run the operations of a trace again on a target')
    .argument('<file>', 'a trace in NDJSON; - is standard input')
    .option('--target <target>', TARGET, 'impl')
    .option('--full', 'refute every rule of the family by name')
    .option(...JSON_OPTION)
    .action((file: string, options: ReplayOptions) =>
      run(async () => (await import('./verbs/replay.js')).replay(file, options, io)),
    )
  program
    .command('explain')
    .description('everything that is known of one rule')
    .argument('<rule>', 'its name, like set.overlap')
    .option(...JSON_OPTION)
    .action((rule: string, options: ExplainOptions) =>
      run(async () => (await import('./verbs/explain.js')).explain(rule, options, io)),
    )
  program
    .command('rules')
    .description('the index of the rules')
    .option('--family <family>', 'only the rules whose names begin so, like set or batch')
    .option(...JSON_OPTION)
    .action((options: RulesOptions) => run(async () => (await import('./verbs/rules.js')).rules(options, io)))
}
