import { Option } from 'commander'
import { numbered } from '../../arguments.js'
import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { WalkOptions } from './walk.js'

/** Explains a page walk. */
export const declareWalk = ({ program, io, run }: Declaring): void => {
  program
    .command('walk')
    .description('a page walk explained: entries, slots, rights, how it ends, and by which rules')
    .argument('<image>', 'registers, slots and memory in JSON; - is standard input')
    .option('--rip <address>', 'fetch an instruction from this offset of CS')
    .option('--gva <address>', 'or translate this linear address')
    .addOption(new Option('--access <kind>', 'for what').choices(['read', 'write', 'fetch']).default('read'))
    .addOption(numbered('--length <bytes>', 'of the instruction').default(1))
    .addOption(
      new Option('--by <whom>', 'who makes the access').choices(['emulator', 'hardware']).default('emulator'),
    )
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
        (await import('./walk.js')).walk(
          file,
          cpl === undefined ? options : { ...options, cpl: Number(cpl) },
          io,
        ),
      ),
    )
}
