import { isLeft } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { blocksIn } from '../../../cases/exhaustive/exhaustive.js'
import { EXHAUSTIVE } from '../../../cases/families.js'
import { stepwise } from '../../../give-way.js'
import type { ConformReport } from '../../../reports/conform/codec.js'
import { renderConform } from '../../../reports/conform/text.js'
import {
  type BlockSelection,
  loadingSuite,
  programCases,
  runSuite,
  type Selection,
  selectingBlocks,
  wantedCases,
} from '../../../suite/index.js'
import { complain, type Io, say, sayJson, stopOf, wantsColour } from '../../io.js'
import { progressOf } from '../../progress.js'
import { command } from '../../quote.js'
import { readyTarget } from '../../ready-target.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'
import { keepResults } from './keep-results.js'
import { saveTraces, traceFile } from './trace-files.js'

export interface ConformOptions {
  readonly target: string
  readonly filter?: readonly string[]
  readonly smoke?: boolean
  /** Every block of the exhaustive families. */
  readonly full?: boolean
  /** Seed of the drawn blocks, where neither all blocks nor those of a filter are run. */
  readonly seed?: number
  readonly errors: 'strict' | 'loose'
  readonly timeLimit?: number
  readonly json?: boolean
  readonly junit?: string
  readonly save?: string
  /** Nothing but sequential programs was to be judged. */
  readonly sequential?: boolean
  readonly all?: boolean
  /** Lists every family, and what was not reached of the specification. */
  readonly coverage?: boolean
  /** Keeps the verdicts on a real kernel as data of the repository. */
  readonly keep?: boolean
}

/** One block of so many is run of an exhaustive family, unless all are asked for. */
const ONE_OF = 10
const SMOKE_ONE_OF = 30

/** Cases asked again, each on a VM of its own, where a target's cases share one. */
const RUN_AGAIN = 50

/** Under software emulation a spread takes minutes, and what else is asked hours. */
const isSlow = (target: string): boolean => target.startsWith('linux-vm')

/** Whether a target has updates and accesses that could meet, and nobody has seen them meet. */
const isUnjudged = ({ atomicity }: ConformReport, features: readonly string[]): boolean =>
  atomicity?.is === 'not judged' && features.includes('batch') && features.includes('vcpu')

/**
 * A run in which no case passed is inconclusive, and one of a target with a batch and vCPUs whose atomicity was not judged,
 * unless that was not asked.
 *
 * @param features of the target
 */
export const statusOfConform = (
  report: ConformReport,
  features: readonly string[] = [],
  sequential = false,
): ExitStatus => {
  if (report.interrupted) return EXIT.interrupted
  if (report.failed > 0) return EXIT.deviation
  const isOpen = report.passed === 0 || (!sequential && isUnjudged(report, features))
  return isOpen ? EXIT.inconclusive : EXIT.expected
}

const notAvailable = (target: string, why: string, cases: number): ConformReport => ({
  schema: 'memslot-conform',
  version: 1,
  target,
  total: cases,
  passed: 0,
  failed: 0,
  skipped: cases,
  seconds: 0,
  interrupted: false,
  deviations: [],
  skips: [{ reason: why, cases }],
  coverage: null,
})

/** Writes the files that were asked for; false where one could not be written. */
const writeFiles = async (
  report: ConformReport,
  ids: readonly string[],
  { junit, save }: ConformOptions,
  io: Io,
): Promise<boolean> => {
  const written = [
    ...(save === undefined ? [] : [await saveTraces(save, report.deviations)]),
    ...(junit === undefined
      ? []
      : [await writeWhole(junit, (await import('../../../reports/conform/junit.js')).junitOf(report, ids))]),
  ]
  for (const one of written) if (isLeft(one)) complain(io, printInputError(one.left))
  return !written.some(isLeft)
}

/** The cases and blocks that are asked for, and the cases of the blocks by name. */
function* choosing(selection: Selection & BlockSelection) {
  const cases = yield* loadingSuite(selection)
  const blocks = yield* selectingBlocks(EXHAUSTIVE, selection)
  const ofBlocks: string[] = []
  for (const block of isLeft(blocks) ? [] : blocks.right) {
    yield
    for (const { id } of wantedCases(block)) ofBlocks.push(id)
  }
  return { cases, blocks, ofBlocks }
}

/** Runs the suite on a target. */
export const conform = async (options: ConformOptions, io: Io): Promise<ExitStatus> => {
  const { filter = [], full = false, errors, timeLimit, save } = options
  const { smoke = isSlow(options.target) && !full && filter.length === 0 } = options
  const { seed = Math.floor(Math.random() * 2 ** 32) } = options
  const oneOf = full ? 1 : smoke ? SMOKE_ONE_OF : ONE_OF
  const selection = { filter, smoke, oneOf, seed }
  const chosen = await stepwise(choosing(selection), stopOf(io))
  if (chosen === null) {
    complain(io, 'interrupted while the cases were read')
    return EXIT.interrupted
  }
  const { cases, blocks, ofBlocks } = chosen
  for (const loaded of [cases, blocks]) if (isLeft(loaded)) complain(io, printInputError(loaded.left))
  if (isLeft(cases) || isLeft(blocks)) return EXIT.usage
  const sequentialIds = [...cases.right.map(({ id }) => id), ...ofBlocks]
  const target = await readyTarget(options.target, timeLimit, io)
  if (isLeft(target)) {
    if (options.json === true)
      sayJson(io, notAvailable(options.target, target.left.why, sequentialIds.length))
    return target.left.exit
  }
  const { features } = await target.right.hello()
  const programs = options.sequential === true ? [] : programCases(selection, features)
  const ids = [...sequentialIds, ...programs.map(({ id }) => id)]
  const progress = await progressOf(io, `conform ${options.target}`)
  const ran = await runSuite(target.right, {
    fresh: RUN_AGAIN,
    cases: cases.right,
    blocks: blocks.right,
    programs,
    stop: stopOf(io),
    errors,
    cover: !smoke && filter.length === 0,
    onProgress: (done, total, failed) => progress.at(done, total, failed === 0 ? '' : `${failed} failed`),
  })
  progress.end()
  const report: ConformReport = {
    schema: 'memslot-conform',
    version: 1,
    ...ran,
    blocks: {
      run: blocks.right.length,
      of: EXHAUSTIVE.reduce((sum, family) => sum + blocksIn(family), 0),
      cases: ofBlocks.length,
      ...(filter.length > 0 || full ? {} : { seed }),
    },
  }
  const whole = await writeFiles(report, ids, options, io)
  if (options.json === true) sayJson(io, report)
  else
    say(
      io,
      renderConform(report, {
        color: wantsColour(io),
        ids,
        exhaustive: EXHAUSTIVE.map(({ name }) => name),
        all: options.all ?? false,
        coverage: options.coverage ?? false,
        again: ({ case: id }) =>
          save === undefined || programs.some(one => one.id === id)
            ? command('conform', '--target', options.target, '--filter', id)
            : command('replay', traceFile(save, id), '--target', options.target),
      }),
    )
  if (options.keep === true) {
    const asked = [...cases.right, ...ofBlocks.map(id => ({ id, rules: [] }))]
    const kept = await keepResults(report, asked, await target.right.hello())
    if (isLeft(kept)) complain(io, kept.left)
    else if (options.json !== true) say(io, `kept as ${kept.right}`)
    if (isLeft(kept)) return EXIT.usage
  }
  if (ids.length === 0) complain(io, 'no case was run: no case has a name that the filter describes')
  return whole ? statusOfConform(report, features, options.sequential) : EXIT.usage
}
