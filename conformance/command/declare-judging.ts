import { Option } from 'commander'
import { count } from './arguments.js'
import type { Declaring } from './declare.js'
import { JSON_OPTION, TARGET } from './declare.js'
import type { CheckOptions } from './verbs/check/check.js'
import type { ExplainOptions } from './verbs/explain/explain.js'
import type { ReplayOptions } from './verbs/replay/replay.js'
import type { RulesOptions } from './verbs/rules/rules.js'
import type { WalkOptions } from './verbs/walk/walk.js'

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
      run(async () => (await import('./verbs/check/check.js')).check(files, options, io)),
    )
  program
    .command('replay')
    .description('run the operations of a trace again on a target')
    .argument('<file>', 'a trace in NDJSON; - is standard input')
    .option('--target <target>', TARGET, 'impl')
    .option('--full', 'refute every rule of the family by name')
    .option(...JSON_OPTION)
    .action((file: string, options: ReplayOptions) =>
      run(async () => (await import('./verbs/replay/replay.js')).replay(file, options, io)),
    )
  program
    .command('walk')
    .description('a page walk explained: entries, slots, rights, how it ends, and by which rules')
    .argument('<image>', 'registers, slots and memory in JSON; - is standard input')
    .option('--rip <address>', 'fetch an instruction from this offset of CS')
    .option('--gva <address>', 'or translate this linear address')
    .addOption(new Option('--access <kind>', 'for what').choices(['read', 'write', 'fetch']).default('read'))
    .option('--length <bytes>', 'of the instruction, 1 to 15', count, 1)
    .addOption(new Option('--by <whom>', 'who fetches').choices(['emulator', 'hardware']).default('emulator'))
    .addOption(
      new Option('--paging <mode>', 'control registers for a mode, rather than the image’s').choices([
        'none',
        '32bit',
        'pae',
        '4level',
        '5level',
      ]),
    )
    .option('--cr3 <address>', 'rather than the image’s')
    .addOption(new Option('--cpl <level>', 'rather than the image’s').choices(['0', '1', '2', '3']))
    .option(...JSON_OPTION)
    .action((file: string, { cpl, ...options }: Omit<WalkOptions, 'cpl'> & { readonly cpl?: string }) =>
      run(async () =>
        (await import('./verbs/walk/walk.js')).walk(
          file,
          cpl === undefined ? options : { ...options, cpl: Number(cpl) },
          io,
        ),
      ),
    )
  program
    .command('explain')
    .description('everything that is known of one rule')
    .argument('<rule>', 'its name, like set.overlap')
    .option(...JSON_OPTION)
    .action((rule: string, options: ExplainOptions) =>
      run(async () => (await import('./verbs/explain/explain.js')).explain(rule, options, io)),
    )
  program
    .command('rules')
    .description('the index of the rules')
    .option('--family <family>', 'only the rules whose names begin so, like set or batch')
    .option(...JSON_OPTION)
    .action((options: RulesOptions) => run(async () => (await import('./verbs/rules/rules.js')).rules(options, io)))
}
