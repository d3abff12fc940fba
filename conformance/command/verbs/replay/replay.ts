import { isLeft } from 'fp-ts/lib/Either.js'
import {
  printInputError,
  printOperation,
  printSeen,
  renderVerdict,
  type Trace,
  type Verdict,
} from '../../../../oracle/index.js'
import { deviationReport } from '../../../reports/check/deviation-report.js'
import type { ReplayDifference, ReplayReport } from '../../../reports/replay/codec.js'
import { renderDifferences } from '../../../reports/replay/text.js'
import { complain, type Io, say, sayJson, stopOf } from '../../io.js'
import { judgeTrace, statusOf } from '../../judge-trace.js'
import { command } from '../../quote.js'
import { nameOf } from '../../read-input.js'
import { traceIn } from '../../read-trace.js'
import { readyTarget } from '../../ready-target.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { emit } from './emit.js'
import { answersOf, byThread, programOfTrace, sameAnswer } from './recorded-run.js'
import { type RanAgain, runAgain } from './run-again.js'

export interface ReplayOptions {
  readonly target: string
  /** A program in this language is printed, and nothing is run. */
  readonly emit?: 'c'
  readonly full?: boolean
  readonly json?: boolean
}

/** The answers that both runs have, and where they differ; each thread's operations are in the same order in both. */
const compare = (recorded: Trace, { records }: RanAgain) => {
  const now = byThread(answersOf(records))
  const met = new Map<number, number>()
  const differences: ReplayDifference[] = []
  let compared = 0
  for (const [i, was] of answersOf(recorded.lines.map(({ record }) => record)).entries()) {
    const nth = met.get(was.tid) ?? 0
    met.set(was.tid, nth + 1)
    const again = now.get(was.tid)?.[nth]
    if (again === undefined || was.seen === null || again.seen === null) continue
    compared++
    if (sameAnswer(was.seen, again.seen)) continue
    differences.push({
      nth: i + 1,
      operation: printOperation(was.operation),
      recorded: printSeen(was.seen),
      now: printSeen(again.seen),
    })
  }
  return { compared, differences }
}

/** The records of the new run as a trace; whole only if the target got through. */
const traceOf = ({ header }: Trace, { config, records, trouble }: RanAgain): Trace => ({
  header: { ...header, config },
  lines: [...records, ...(trouble === null ? [{ ev: 'end' as const }] : [])].map((record, i) => ({
    line: i + 2,
    record,
  })),
})

const statusOfRun = ({ is }: Verdict, { trouble }: RanAgain): ExitStatus =>
  trouble === null || is === 'deviates' || is === 'spec-error'
    ? statusOf(is)
    : trouble.kind === 'unfit'
      ? EXIT.inconclusive
      : EXIT.deviation

/** Runs the operations of a trace again on a target and judges what it answers now. */
export const replay = async (file: string, options: ReplayOptions, io: Io): Promise<ExitStatus> => {
  const name = nameOf(file)
  const trace = await traceIn(file, io)
  if (isLeft(trace)) {
    complain(io, printInputError(trace.left))
    return EXIT.usage
  }
  if (options.emit !== undefined) return emit(name, trace.right, options, io)
  const target = await readyTarget(options.target, undefined, io)
  if (isLeft(target)) {
    return target.left.exit
  }
  const ran = await runAgain(target.right, programOfTrace(trace.right), stopOf(io))
  const { verdict } = await judgeTrace(traceOf(trace.right, ran), { stop: stopOf(io) })
  const { compared, differences } = compare(trace.right, ran)
  const stopped = stopOf(io).aborted
  const trouble = ran.trouble === null ? [] : [`target ${options.target}: ${ran.trouble.because}`]
  const status = statusOfRun(verdict, ran)
  for (const line of trouble) complain(io, line)
  const report: ReplayReport = {
    schema: 'memslot-replay',
    version: 1,
    file,
    target: ran.target,
    is: stopped ? 'interrupted' : status === EXIT.deviation ? 'deviates' : verdict.is,
    calls: verdict.calls,
    deviations: verdict.deviations.map(deviationReport),
    remarks: [...trouble, ...verdict.remarks],
    same: differences.length === 0,
    differences,
  }
  if (options.json === true) sayJson(io, report)
  else
    say(
      io,
      renderVerdict(verdict, {
        file: `${name} on ${ran.target}`,
        full: options.full ?? false,
        ...(file === '-' ? {} : { again: command('replay', file, '--target', options.target) }),
      }),
      renderDifferences(differences, compared),
      ...(stopped ? ['interrupted'] : []),
    )
  return status
}
