import { numbered, repeated } from '../../arguments.js'
import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { ExploreOptions } from './explore.js'

const GRAMMAR = `
A scenario is an update in a line, of one address space:

  update = set "->" set                  before and after; neither need hold a slot
  set    = "" | slot { "," slot }
  slot   = id ":" frame "+" pages "@" hostpage { flag }
  flag   = "log" | "ro"

Frames are below 4, host pages below 8. What may happen beside it, and how a run is read: oracle/EXPLORE.md.`

/** Searches one update under one design. */
export const declareExplore = ({ program, io, run }: Declaring): void => {
  program
    .command('explore')
    .description('everything that may happen to one update under one design')
    .argument(
      '<scenario>',
      'like "1:0+2@0 log -> 1:0+1@0 log": id:frame+pages@hostpage flags, sets around ->',
    )
    .option('--design <id>', 'the design', 'batch')
    .option('--property <id>', 'only this property; repeatable', repeated)
    .addOption(numbered('--vcpus <n>', 'vCPUs').default(1))
    .addOption(numbered('--accesses <n>', 'accesses each vCPU may begin').default(2))
    .addOption(numbered('--harvests <n>', 'harvests').default(1))
    .option('--emulated-fetch', 'the emulator fetches: it takes INVALID for a hole')
    .option('--other-architecture', 'INVALID is a hole on every path')
    .addOption(numbered('--max-states <n>', 'beyond so many states it is inconclusive'))
    .option('--trace <file>', 'write the first failing run as a trace that check reads')
    .option('--itf <file>', 'write it as an ITF trace, which viewers of TLA+ runs read')
    .option(...JSON_OPTION)
    .addHelpText('after', GRAMMAR)
    .action((scenario: string, options: ExploreOptions) =>
      run(async () => (await import('./explore.js')).explore(scenario, options, io)),
    )
}
