import { numbered } from '../../arguments.js'
import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { StressVerbOptions } from './stress.js'

/** Judges the implementation by real threads. */
export const declareStress = ({ program, io, run }: Declaring): void => {
  program
    .command('stress')
    .description('real threads against updates: what they see is checked, and samples are judged')
    .addOption(numbered('--seconds <n>', 'for how long').default(60))
    .addOption(numbered('--seed <n>', 'draw the same again; threads are never quite the same'))
    .option('--fault <name>', 'put a known fault in; the run has to catch it (exit 1)')
    .option('--kill', 'end threads at random, and recover the VM from them; nothing else is played')
    .option(
      '--target <target>',
      'another implementation, asked by programs: impl, stdio:COMMAND, or a kernel: kvm, linux-vm…',
    )
    .addOption(numbered('--time-limit <seconds>', 'how long a program of a target may take'))
    .option('--list', 'the plays and the faults, by name')
    .option(...JSON_OPTION)
    .action((options: StressVerbOptions) =>
      run(async () => (await import('./stress.js')).stress(options, io)),
    )
}
