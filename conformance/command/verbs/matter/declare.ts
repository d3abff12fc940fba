import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { MatterVerbOptions } from './matter.js'

/** Judges the properties by rules that are changed. */
export const declareMatter = ({ program, io, run }: Declaring): void => {
  program
    .command('matter')
    .description(
      'drop each rule of the batch, negate each premise, and report which property or search catches it',
    )
    .option('--only <prefix>', 'only rules whose names begin so')
    .option(...JSON_OPTION)
    .action((options: MatterVerbOptions) =>
      run(async () => (await import('./matter.js')).matter(options, io)),
    )
}
