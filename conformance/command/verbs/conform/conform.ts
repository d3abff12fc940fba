import { isLeft } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { blocksIn, draftOf } from '../../../cases/exhaustive/exhaustive.js'
import { EXHAUSTIVE } from '../../../cases/families.js'
import { stepwise } from '../../../give-way.js'
import type { ConformReport } from '../../../reports/conform/codec.js'
import {
  type BlockSelection,
  loadingSuite,
  programCases,
  runSuite,
  type Selection,
  selectingBlocks,
  wantedCases,
} from '../../../suite/index.js'
import { askedOf } from '../../../suite/rules-on.js'
import { arm64NameOf } from '../../../targets/linux-vm/kernel-name.js'
import { complain, type Io, sayJson, stopOf } from '../../io.js'
import { progressOf } from '../../progress.js'
import { readyTarget } from '../../ready-target.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { conformExported } from './conform-exported.js'
import type { ConformOptions } from './options.js'
import { notAvailable, tellReport } from './tell-report.js'

/** One block of so many is run of an exhaustive family, unless all are asked for. */
const ONE_OF = 10
const SMOKE_ONE_OF = 30

/** Cases asked again, each on a VM of its own, where a target's cases share one. */
const RUN_AGAIN = 50

/** Under software emulation a spread takes minutes, and what else is asked hours. */
const isSlow = (target: string): boolean => target.startsWith('linux-vm')

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
  const { filter = [], full = false, errors, timeLimit } = options
  const { smoke = isSlow(options.target) && !full && filter.length === 0 } = options
  const { seed = Math.floor(Math.random() * 2 ** 32) } = options
  if (options.keep === true && (filter.length > 0 || (options.smoke === true && !isSlow(options.target)))) {
    complain(io, '--keep keeps what the whole suite showed of a kernel: run it without --filter and --smoke')
    return EXIT.usage
  }
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
  if (arm64NameOf(options.target) !== null) return conformExported(cases.right, options, io)
  const sequentialIds = [...cases.right.map(({ id }) => id), ...ofBlocks]
  const target = await readyTarget(options.target, timeLimit, io)
  if (isLeft(target)) {
    if (options.json === true)
      sayJson(io, notAvailable(options.target, target.left.why, sequentialIds.length))
    return target.left.exit
  }
  const hello = await target.right.hello()
  const programs = options.sequential === true ? [] : programCases(selection, hello.features)
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
  const asked = () => [
    ...cases.right.map(one => askedOf(hello, one)),
    ...blocks.right.flatMap(block => wantedCases(block).map(one => askedOf(hello, draftOf(one)))),
  ]
  const isProgram = (id: string) => programs.some(one => one.id === id)
  return await tellReport({ report, ids, asked, isProgram, hello }, options, io)
}
