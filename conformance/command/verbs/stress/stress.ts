import { isLeft } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { counted } from '../../../../spec/terms/counted.js'
import { countViolations, type StressReport, StressReportCodec } from '../../../reports/stress/codec.js'
import { renderList, renderStress } from '../../../reports/stress/text.js'
import { faults } from '../../../stress/faults.js'
import { killPlay } from '../../../stress/kill/run.js'
import { plays } from '../../../stress/plays/index.js'
import { programPlays } from '../../../stress/programs/plays.js'
import type { DeviatingHistory } from '../../../stress/programs/run.js'
import { PLAN_FAULTS } from '../../../stress/programs/style.js'
import { threadFile } from '../../../stress/run-play.js'
import { stress as run, type StressOptions, stressTarget } from '../../../stress/stress.js'
import { noSuch } from '../../did-you-mean.js'
import { complain, type Io, say, sayJson, stopOf, wantsColour } from '../../io.js'
import { progressOf } from '../../progress.js'
import { command } from '../../quote.js'
import { readyTarget } from '../../ready-target.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'

export interface StressVerbOptions {
  readonly seconds: number
  readonly seed?: number
  readonly fault?: string
  readonly kill?: boolean
  readonly target?: string
  readonly timeLimit?: number
  readonly list?: boolean
  readonly json?: boolean
}

export const statusOfStress = (report: StressReport): ExitStatus => {
  if (report.interrupted) return EXIT.interrupted
  if (countViolations(report) > 0) return EXIT.deviation
  const { histories, plays: played, kills } = report
  const isUndecided =
    histories !== null && histories.episodes > 0 && histories.inconclusive === histories.episodes
  const isIdle = kills === null && played.length === 0
  return isUndecided || isIdle ? EXIT.inconclusive : EXIT.expected
}

const listOf = (playing: readonly { readonly id: string }[], known: readonly { readonly id: string }[]) => ({
  schema: 'memslot-stress-list',
  version: 1,
  plays: playing.map(({ id }) => id),
  faults: known.map(({ id }) => id),
})

const allFaults = [...faults, ...PLAN_FAULTS]

/** What of the options does not go together, in words; null where all do. */
const misuseOf = ({ fault, kill = false, target }: StressVerbOptions): string | null => {
  const ids = allFaults.map(({ id }) => id)
  const isOfPlan = PLAN_FAULTS.some(({ id }) => id === fault)
  if (fault !== undefined && !ids.includes(fault)) return noSuch('fault', fault, ids)
  if (fault !== undefined && kill) return '--kill ends threads that have no fault: it goes without --fault'
  if (target !== undefined && (kill || (fault !== undefined && !isOfPlan)))
    return `${kill ? '--kill' : `the fault ${fault}`} is of the threads of the built-in implementation: it goes without --target`
  return target === undefined && isOfPlan
    ? `the fault ${fault} is of single calls: it goes with a --target that has them, like kvm`
    : null
}

/** Writes each history that deviates as a trace, when it has been judged. */
const keepTraces = (seed: number, io: Io) => {
  const files: string[] = []
  let isWhole = true
  return {
    keep: async ({ episode, trace }: DeviatingHistory): Promise<void> => {
      const written = await writeWhole(`memslot-stress-${seed}-${episode}.ndjson`, trace)
      if (isLeft(written)) {
        isWhole = false
        complain(io, printInputError(written.left))
      } else files.push(written.right)
    },
    files,
    isWhole: () => isWhole,
  }
}

/** Real threads read, write, fetch and harvest while batches commit; what they see is checked. */
export const stress = async (options: StressVerbOptions, io: Io): Promise<ExitStatus> => {
  const { seconds, seed = Math.floor(Math.random() * 2 ** 31), fault, kill } = options
  if (options.list === true) {
    if (options.json === true) sayJson(io, listOf(plays, allFaults))
    else say(io, renderList(plays, allFaults))
    return EXIT.expected
  }
  const refused = misuseOf(options)
  if (refused !== null) {
    complain(io, refused)
    return EXIT.usage
  }
  const target =
    options.target === undefined ? null : await readyTarget(options.target, options.timeLimit, io)
  if (target !== null && isLeft(target)) return target.left.exit
  if (target !== null && fault !== undefined && (await target.right.hello()).features.includes('batch')) {
    complain(io, `the fault ${fault} is of single calls, and ${options.target} is asked batches`)
    return EXIT.usage
  }
  if (target === null && threadFile() === null) {
    complain(io, 'the threads run compiled files, which are not there: npm run build makes them')
    return EXIT.usage
  }
  const traces = keepTraces(seed, io)
  const progress = await progressOf(io, 'stress, seconds')
  const report = await (target === null ? run : (o: StressOptions) => stressTarget(target.right, o))({
    seconds,
    seed,
    fault,
    kill,
    stop: stopOf(io),
    onDeviation: traces.keep,
    // Said at once: what comes later may never be printed.
    onViolations: ({ play, violations: [first], count }) =>
      complain(io, `${play}: ${counted(count, 'violation')}; ${first?.property}: ${first?.says}`),
    onProgress: (spent, what, seen) =>
      progress.at(
        Math.round(spent),
        Math.ceil(seconds),
        seen > 0 ? `${what} · ${counted(seen, 'violation')}` : what,
      ),
  })
  progress.end()
  const again = command(
    ...['stress', '--seconds', String(seconds), '--seed', String(seed)],
    ...(fault === undefined ? [] : ['--fault', fault]),
    ...(kill === true ? ['--kill'] : []),
    ...(options.target === undefined ? [] : ['--target', options.target]),
  )
  if (options.json === true) sayJson(io, StressReportCodec.encode(report))
  else
    say(
      io,
      renderStress(report, {
        color: wantsColour(io),
        again,
        files: traces.files,
        plays: [...(target === null ? plays : programPlays), killPlay],
        fault: allFaults.find(({ id }) => id === fault) ?? null,
      }),
    )
  return traces.isWhole() ? statusOfStress(report) : EXIT.usage
}
