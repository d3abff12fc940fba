import { numbered, repeated } from '../../arguments.js'
import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { RaceVerbOptions } from './race.js'

/** Races a vCPU against changes of slots on real kernels. */
export const declareRace = ({ program, io, run }: Declaring): void => {
  program
    .command('race')
    .description(
      'a vCPU beside changes of slots on a real kernel: what it sees, and what the explorer allows',
    )
    .option(
      '--target <target>',
      'kvm, linux-vm[:VERSION|FOLDER][,npt=0], or linux-arm64[:VERSION|FOLDER]; repeatable: kernels side by side',
      repeated,
    )
    .option('--records <file>', 'judge what another program raced; repeatable', repeated)
    .addOption(numbered('--seconds <n>', 'for how long on each').default(20))
    .option('--html <file>', 'write a page, with the runs that predict what was seen')
    .option(...JSON_OPTION)
    .action((options: RaceVerbOptions) => run(async () => (await import('./race.js')).race(options, io)))
}
