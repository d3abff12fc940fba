import { Argument, Option } from 'commander'
import { count, percent, repeated, seconds, seed } from './arguments.js'
import { type Declaring, JSON_OPTION, TARGET } from './declare.js'
import type { AuditOptions } from './verbs/audit/audit.js'
import type { BenchOptions } from './verbs/bench/bench.js'
import type { FreezeOptions } from './verbs/cases-freeze/cases-freeze.js'
import type { ConformOptions } from './verbs/conform/conform.js'
import type { FuzzOptions } from './verbs/fuzz/fuzz.js'
import type { MutantsOptions } from './verbs/mutants/mutants.js'
import type { Served } from './verbs/serve/serve.js'
import type { StressVerbOptions } from './verbs/stress/stress.js'

/** Verbs that run something: an implementation, a recording, the specification itself. */
export const declareRunning = ({ program, io, run }: Declaring): void => {
  program
    .command('conform')
    .description('run the suite on an implementation')
    .option('--target <target>', TARGET, 'impl')
    .option('--filter <text>', 'only cases whose names hold this, or match it with *; repeatable', repeated)
    .addOption(new Option('--smoke', 'a spread of the cases, in seconds').conflicts('full'))
    .option('--full', 'every block of the exhaustive families, not a tenth')
    .option('--seed <n>', 'draw these blocks (default: others each time; the seed is printed)', seed)
    .addOption(
      new Option('--errors <order>', 'strict: in Linux’s order; loose: any that is true of the call')
        .choices(['strict', 'loose'])
        .default('strict'),
    )
    .option('--time-limit <seconds>', 'how long a program may take', seconds)
    .option('--junit <file>', 'write a JUnit report as well')
    .option('--save <directory>', 'write the trace of every deviation there')
    .option('--all', 'print every deviation in full')
    .option('--coverage', 'list every family, and the rules and premises that were not reached')
    .option(...JSON_OPTION)
    .action((options: ConformOptions) =>
      run(async () => (await import('./verbs/conform/conform.js')).conform(options, io)),
    )
  program
    .command('audit')
    .description('where a recorded VMM run unmapped guest memory, and the batch that would not have')
    .argument('<file>', 'strace output or a QEMU trace log; - is standard input')
    .option('--html <file>', 'write a page that shows it as well')
    .addOption(new Option('--fail-on <finding>', 'a finding that is a failure').choices(['hole']))
    .option(...JSON_OPTION)
    .action((file: string, options: AuditOptions) =>
      run(async () => (await import('./verbs/audit/audit.js')).audit(file, options, io)),
    )
  program
    .command('bench')
    .description('how fast it is, beside its peers')
    .argument('[names...]', 'benchmarks; without a name, all of them')
    .option('--rounds <n>', 'rounds after warming up; fewer than 9 prove nothing', count)
    .option('--list', 'the names of the benchmarks')
    .option('--results <directory>', 'write a page of the results with plots there')
    .option(...JSON_OPTION)
    .action((names: readonly string[], options: BenchOptions) =>
      run(async () => (await import('./verbs/bench/bench.js')).bench(names, options, io)),
    )
  program
    .command('mutants')
    .description('known faults, patched into copies of the sources: who notices?')
    .option('--only <ids...>', 'only these faults')
    .option('--workers <n>', 'how many at a time', count)
    .option(...JSON_OPTION)
    .action((options: MutantsOptions) =>
      run(async () => (await import('./verbs/mutants/mutants.js')).mutants(options, io)),
    )
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
    .action((options: FuzzOptions) => run(async () => (await import('./verbs/fuzz/fuzz.js')).fuzz(options, io)))
  program
    .command('stress')
    .description('real threads against updates: what they see is checked, and samples are judged')
    .option('--seconds <n>', 'for how long', seconds, 60)
    .option('--seed <n>', 'draw the same again; threads are never quite the same', seed)
    .option('--fault <name>', 'with a known fault, which is to be noticed (exit 1)')
    .option('--list', 'what is played, and the faults')
    .option(...JSON_OPTION)
    .action((options: StressVerbOptions) =>
      run(async () => (await import('./verbs/stress/stress.js')).stress(options, io)),
    )
  program
    .command('serve')
    .description('be an implementation that others judge: the protocol on standard input and output')
    .addArgument(new Argument('[implementation]', 'which').choices(['impl', 'spec']).default('impl'))
    .action((name: Served) => run(async () => (await import('./verbs/serve/serve.js')).serve(name, io)))
  program
    .command('cases')
    .description('the cases of the suite')
    .command('freeze')
    .description('regenerate the frozen cases from the specification and print what that changes')
    .option('--only <family>', 'only this family; repeatable', repeated)
    .option('--check', 'write nothing; a difference is a failure')
    .option(...JSON_OPTION)
    .action((options: FreezeOptions) =>
      run(async () => (await import('./verbs/cases-freeze/cases-freeze.js')).casesFreeze(options, io)),
    )
}
