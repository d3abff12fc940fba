import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { MatterVerbOptions } from './matter.js'

/** Judges the properties by rules that are changed. */
export const declareMatter = ({ program, io, run }: Declaring): void => {
  program
    .command('matter')
    .description('drops each rule of the step-grain batch and negates each premise: who notices?')
    .option('--only <prefix>', 'only rules whose names begin so')
    .option(...JSON_OPTION)
    .action((options: MatterVerbOptions) =>
      run(async () => (await import('./matter.js')).matter(options, io)),
    )
}
