import { Command, CommanderError } from 'commander'
import { TargetFailure, TargetRefusal } from '../targets/target-error.js'
import { complain, type Io } from './io.js'
import { EXIT, type ExitStatus } from './status.js'
import { declareAudit } from './verbs/audit/declare.js'
import { declareBench } from './verbs/bench/declare.js'
import { declareCasesFreeze } from './verbs/cases-freeze/declare.js'
import { declareCheck } from './verbs/check/declare.js'
import { declareConform } from './verbs/conform/declare.js'
import { declareDesigns } from './verbs/designs/declare.js'
import { declareExplain } from './verbs/explain/declare.js'
import { declareExplore } from './verbs/explore/declare.js'
import { declareFuzz } from './verbs/fuzz/declare.js'
import { declareMatter } from './verbs/matter/declare.js'
import { declareMutants } from './verbs/mutants/declare.js'
import { declareReplay } from './verbs/replay/declare.js'
import { declareRules } from './verbs/rules/declare.js'
import { declareServe } from './verbs/serve/declare.js'
import { declareStress } from './verbs/stress/declare.js'
import { declareWalk } from './verbs/walk/declare.js'
import { version } from './version.js'

const STATUS = `
Exit status: 0 as expected · 1 a deviation, a missed target, a survivor · 2 bad input or usage
3 inconclusive, which includes nothing run · 4 the specification contradicts itself · 130 interrupted`

/** In the order of the help page. */
const VERBS = [
  declareConform,
  declareAudit,
  declareBench,
  declareMutants,
  declareFuzz,
  declareStress,
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
] as const

/** The `memslot` command: takes the arguments after its name, and answers the exit status. */
export const main = async (argv: readonly string[], io: Io): Promise<number> => {
  let status: ExitStatus = EXIT.expected
  const program: Command = new Command('memslot')
    .description(
      'Judges implementations of KVM memory slots and their batches against a formal specification.',
    )
    .version(version(), '--version', 'the version of this package')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .configureHelp({ helpWidth: Math.min(io.columns ?? 100, 120) })
    .addHelpText('after', STATUS)
    .showHelpAfterError('(memslot --help lists the verbs)')
  const run = async (job: () => Promise<ExitStatus>): Promise<void> => {
    status = await job().catch((error: unknown) => {
      if (!(error instanceof TargetRefusal || error instanceof TargetFailure)) throw error
      complain(io, `the target ${error.message}`)
      return EXIT.inconclusive
    })
  }
  for (const declare of VERBS) declare({ program, io, run })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return io.stop?.aborted === true ? EXIT.interrupted : status
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? EXIT.expected : EXIT.usage // commander has printed why
  }
}
