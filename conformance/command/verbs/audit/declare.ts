import { Option } from 'commander'
import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { AuditOptions } from './audit.js'

/** Judges a recorded VMM run. */
export const declareAudit = ({ program, io, run }: Declaring): void => {
  program
    .command('audit')
    .description('where a recorded VMM run unmapped guest memory, and the batch that would not have')
    .argument('<file>', 'strace output or a QEMU trace log; - is standard input')
    .option('--html <file>', 'write a page that shows it as well')
    .addOption(new Option('--fail-on <finding>', 'a finding that is a failure').choices(['hole']))
    .option(...JSON_OPTION)
    .action((file: string, options: AuditOptions) =>
      run(async () => (await import('./audit.js')).audit(file, options, io)),
    )
}
