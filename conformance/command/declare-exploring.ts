import { Option } from 'commander'
import { count, repeated, seed } from './arguments.js'
import { type Declaring, JSON_OPTION } from './declare.js'
import type { DesignsOptions } from './verbs/designs/designs.js'
import type { ExploreOptions } from './verbs/explore/explore.js'
import type { MatterVerbOptions } from './verbs/matter/matter.js'

const GRAMMAR = `
A scenario is an update in a line, of one address space:

  update = set "->" set                  before and after; neither need hold a slot
  set    = "" | slot { "," slot }
  slot   = id ":" frame "+" pages "@" hostpage { flag }
  flag   = "log" | "ro"

Frames are below 4, host pages below 8. What may happen beside it, and how a run is read: oracle/EXPLORE.md.`

/** Verbs that search everything that may happen to an update. */
export const declareExploring = ({ program, io, run }: Declaring): void => {
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
    .option('--runs', 'the run behind every cell that fails, as where both a design and a property are named')
    .option(
      '--fault <id>',
      'in place of the matrix, the run that this seeded fault leads to; repeatable',
      repeated,
    )
    .option('--html <file>', 'write a page that shows it all')
    .option('--write', 'keep it as the matrix that the tests hold to the rules')
    .option('--jobs <n>', 'rows computed at a time (default: as many as there are cores)', count)
    .option(...JSON_OPTION)
    .action((options: DesignsOptions) =>
      run(async () => (await import('./verbs/designs/designs.js')).designs(options, io)),
    )
  program
    .command('explore')
    .description('everything that may happen to one update under one design')
    .argument(
      '<scenario>',
      'like "1:0+2@0 log -> 1:0+1@0 log": id:frame+pages@hostpage flags, sets around ->',
    )
    .option('--design <id>', 'the design', 'batch')
    .option('--property <id>', 'only this property; repeatable', repeated)
    .option('--vcpus <n>', 'vCPUs', count, 1)
    .option('--accesses <n>', 'accesses each vCPU may begin', count, 2)
    .option('--harvests <n>', 'harvests', seed, 1)
    .option('--emulated-fetch', 'the emulator fetches: it takes INVALID for a hole')
    .option('--other-architecture', 'INVALID is a hole on every path')
    .option('--max-states <n>', 'beyond so many states it is inconclusive', count)
    .option('--trace <file>', 'write the first failing run as a trace that check reads')
    .option(...JSON_OPTION)
    .addHelpText('after', GRAMMAR)
    .action((scenario: string, options: ExploreOptions) =>
      run(async () => (await import('./verbs/explore/explore.js')).explore(scenario, options, io)),
    )
  program
    .command('matter')
    .description('drops each rule of the step-grain batch and negates each premise: who notices?')
    .option('--only <prefix>', 'only rules whose names begin so')
    .option(...JSON_OPTION)
    .action((options: MatterVerbOptions) =>
      run(async () => (await import('./verbs/matter/matter.js')).matter(options, io)),
    )
}
