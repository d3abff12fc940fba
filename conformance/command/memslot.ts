import { Command, CommanderError } from 'commander'
import { printable } from '../reports/printable.js'
import { TargetFailure, TargetRefusal } from '../targets/target-error.js'
import type { Declaring } from './declare.js'
import { complain, type Io, sayJson } from './io.js'
import { EXIT, type ExitStatus, statusOfStop } from './status.js'
import { declareAudit } from './verbs/audit/declare.js'
import { declareBench } from './verbs/bench/declare.js'
import { declareBook } from './verbs/book/declare.js'
import { declareCasesFreeze } from './verbs/cases-freeze/declare.js'
import { declareCheck } from './verbs/check/declare.js'
import { declareConform } from './verbs/conform/declare.js'
import { declareDesigns } from './verbs/designs/declare.js'
import { declareExplain } from './verbs/explain/declare.js'
import { declareExplore } from './verbs/explore/declare.js'
import { declareFuzz } from './verbs/fuzz/declare.js'
import { declareMatter } from './verbs/matter/declare.js'
import { declareMutants } from './verbs/mutants/declare.js'
import { declareRace } from './verbs/race/declare.js'
import { declareReplay } from './verbs/replay/declare.js'
import { declareRules } from './verbs/rules/declare.js'
import { declareServe } from './verbs/serve/declare.js'
import { declareStress } from './verbs/stress/declare.js'
import { declareWalk } from './verbs/walk/declare.js'
import { version } from './version.js'

const STATUS = `
Exit status: 0 as expected · 1 a deviation, a missed target, a survivor · 2 bad input or usage
3 inconclusive, which includes nothing run · 4 the specification contradicts itself
130 interrupted · 129 hung up · 143 told to end, each with the results so far`

/** In the order of the help page. */
const VERBS = [
  declareConform,
  declareAudit,
  declareBench,
  declareMutants,
  declareFuzz,
  declareStress,
  declareRace,
  declareServe,
  declareCasesFreeze,
  declareDesigns,
  declareExplore,
  declareMatter,
  declareCheck,
  declareReplay,
  declareWalk,
  declareExplain,
  declareRules,
  declareBook,
] as const

/** The one object of `--json` where a verb has printed none: why there are no results. */
const errorReport = (status: number, errors: readonly string[]) => ({
  schema: 'memslot-error',
  version: 1,
  status,
  errors,
})

/** Notes whether anything was printed, and what was complained of. */
const overheard = (
  io: Io,
): { readonly io: Io; readonly printed: () => boolean; readonly errors: string[] } => {
  let printed = false
  const errors: string[] = []
  const heard: Io = {
    ...io,
    out: text => {
      printed = true
      io.out(text)
    },
    err: text => {
      errors.push(text.trimEnd())
      io.err(text)
    },
  }
  return { io: heard, printed: () => printed, errors }
}

const withoutVerbs = (io: Io): Command =>
  new Command('memslot')
    .description(
      'Judges implementations of KVM memory slots and their batches against a formal specification.',
    )
    .version(version(), '--version', 'the version of this package')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: text => io.err(printable(text)) })
    .configureHelp({ helpWidth: Math.min(io.columns ?? 100, 120) })
    .addHelpText('after', STATUS)
    .showHelpAfterError('(memslot --help lists the verbs)')

/** The command with every verb. */
export const programOn = (io: Io, run: Declaring['run']): Command => {
  const program = withoutVerbs(io)
  for (const declare of VERBS) declare({ program, io, run })
  return program
}

/** Does what the arguments say. An error of this program is no verdict on what it was asked to judge. */
const obey = async (argv: readonly string[], io: Io): Promise<number> => {
  let status: ExitStatus = EXIT.expected
  const run = async (job: () => Promise<ExitStatus>): Promise<void> => {
    status = await job().catch((error: unknown) => {
      if (!(error instanceof TargetRefusal || error instanceof TargetFailure)) throw error
      complain(io, `the target ${error.message}`)
      return EXIT.inconclusive
    })
  }
  try {
    await programOn(io, run).parseAsync(argv, { from: 'user' })
    return io.stop?.aborted === true ? statusOfStop(io.stop) : status
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.expected : EXIT.usage // it has printed why
    const said = error instanceof Error ? error.stack : String(error)
    complain(io, `a fault of memslot itself: ${said}`)
    return EXIT.inconclusive
  }
}

/** The `memslot` command: takes the arguments after its name, and answers the exit status. */
export const main = async (argv: readonly string[], io: Io): Promise<number> => {
  const { io: heard, printed, errors } = overheard(io)
  const status = await obey(argv, heard)
  // What follows `--` is no option.
  const options = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  if (options.includes('--json') && !printed()) sayJson(io, errorReport(status, errors))
  return status
}
