import { InvalidArgumentError, Option } from 'commander'
import { numbered } from '../../arguments.js'
import { type Declaring, JSON_OPTION } from '../../declare.js'
import type { AuditOptions, FailOn } from './audit.js'

/** Written out here, since the module that knows them is not loaded for a help page. A test holds the two together. */
export const FINDINGS = ['hole', 'met', 'at-risk', 'unknown', 'deviation'] as const
export const declaredArches = ['x86', 'arm64', 's390x', 'riscv64', 'ppc64'] as const

const finding = (text: string, before: readonly FailOn[] | undefined): readonly FailOn[] => {
  const known = FINDINGS.find(one => one === text)
  if (known === undefined) throw new InvalidArgumentError(`Allowed choices are ${FINDINGS.join(', ')}.`)
  return [...(before ?? []), known]
}

const AFTER = `
Record with

  strace -f -y -T -ttt -e trace=ioctl -o run.strace VMM …     or   strace -f -y -T -ttt -p PID …
  qemu-system-x86_64 … -trace 'kvm_*' -D run.trace
  memslot audit --recorder bpftrace > memslot.bt; bpftrace memslot.bt PID > run.bt     (stops no thread)

What people post is read as well: quoted, indented, wrapped, quoted-printable, UTF-16, gzip; several files of
strace -ff; QEMU's own error line; cloud-hypervisor's log. conformance/reports/audit/REPORT.md documents --json.`

/** Judges a recorded VMM run. */
export const declareAudit = ({ program, io, run }: Declaring): void => {
  program
    .command('audit')
    .description('where a recorded VMM run unmapped guest memory, and the batch that would not have')
    .argument('[files...]', 'a recording, several merged by time, or a directory; - is standard input')
    .option('--html <file>', 'write a page that shows it as well')
    .option(
      '--fail-on <finding>',
      `a finding that is a failure, repeatable (choices: ${FINDINGS.map(one => `"${one}"`).join(', ')})`,
      finding,
    )
    .option('--against <old>', 'what got better or worse since this recording, or report of --json')
    .option('--mtree <file>', 'name guest memory by the output of QEMU’s info mtree -f')
    .addOption(
      numbered('--pause <seconds>', 'a longer pause between two calls ends an update; 0.25 where absent'),
    )
    .addOption(new Option('--arch <arch>', 'of the host').choices([...declaredArches]))
    .addOption(numbered('--page-size <bytes>', 'of the host'))
    .addOption(numbered('--phys-bits <bits>', 'of a guest-physical address'))
    .addOption(new Option('--recorder <tool>', 'print a script that records').choices(['bpftrace']))
    .option(...JSON_OPTION)
    .addHelpText('after', AFTER)
    .action((files: readonly string[], options: AuditOptions) =>
      run(async () => (await import('./audit.js')).audit(files, options, io)),
    )
}
