import { isLeft } from 'fp-ts/lib/Either.js'
import type { Trace } from '../../../../oracle/index.js'
import { reproducerOf } from '../../../cases/export/reproducer.js'
import { complain, type Io, say } from '../../io.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { answersOf, programOfTrace } from './recorded-run.js'

/** Prints a program in C that does what a trace did on a real kernel. */
export const emit = (
  name: string,
  trace: Trace,
  { json }: { readonly json?: boolean },
  io: Io,
): ExitStatus => {
  if (json === true) {
    complain(io, '--emit prints a program, and no report: it goes without --json')
    return EXIT.usage
  }
  const { target } = trace.header
  const by = target === undefined ? '' : `, a trace of ${target.name} ${target.version}`
  const program = reproducerOf({
    from: `${name}${by}`,
    config: programOfTrace(trace).config,
    operations: answersOf(trace.lines.map(({ record }) => record)),
  })
  if (isLeft(program)) {
    complain(io, `${name}: ${program.left}`)
    return EXIT.usage
  }
  say(io, program.right.text.trimEnd())
  return EXIT.expected
}
