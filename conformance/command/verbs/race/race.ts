import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { EDITS } from '../../../race/edit.js'
import { judgeRace } from '../../../race/judge.js'
import type { RaceRecord } from '../../../race/record.js'
import { raceBy, racerOf, recordOf, sayRaceFailure, TRIALS } from '../../../race/run-program.js'
import { type RaceKernel, type RaceReport, RaceReportCodec } from '../../../reports/race/codec.js'
import { racePage } from '../../../reports/race/page.js'
import { renderRace } from '../../../reports/race/text.js'
import { arm64NameOf, vmNameOf } from '../../../targets/linux-vm/kernel-name.js'
import { complain, type Io, say, sayJson, stopOf, wantsColour } from '../../io.js'
import { progressOf } from '../../progress.js'
import { readInput } from '../../read-input.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'

export interface RaceVerbOptions {
  readonly target?: readonly string[]
  readonly records?: readonly string[]
  readonly seconds: number
  readonly html?: string
  readonly json?: boolean
}

/** Real kernels that are raced, by the names of targets. */
const RACED = 'kvm, linux-vm[:VERSION|FOLDER][,npt=0], or linux-arm64[:VERSION|FOLDER]'

/** A deviation anywhere counts; without one, what could not be decided does. */
export const statusOfRace = ({ interrupted, kernels, failed }: RaceReport): ExitStatus => {
  const verdicts = kernels.flatMap(({ trials }) => trials.map(({ verdict }) => verdict))
  if (verdicts.includes('deviation')) return EXIT.deviation
  if (interrupted) return EXIT.interrupted
  return failed.length > 0 || verdicts.length === 0 || verdicts.includes('inconclusive')
    ? EXIT.inconclusive
    : EXIT.expected
}

type Raced = Either<string, readonly RaceRecord[]>

const raceOn = async (target: string, seconds: number, io: Io): Promise<Raced> => {
  const words = await racerOf(target, seconds, what => complain(io, `target ${target}: ${what}`))
  if (isLeft(words)) return words
  const progress = await progressOf(io, `race ${target}`)
  let done = 0
  const raced = await raceBy(words.right, {
    stop: stopOf(io),
    onRecord: ({ is }) => {
      if (is === 'trial') progress.at(++done, TRIALS)
    },
  })
  progress.end()
  return isLeft(raced) ? left(sayRaceFailure(raced.left)) : raced
}

const readRecords = async (file: string, io: Io): Promise<Raced> => {
  const text = await readInput(file, io)
  if (isLeft(text)) return left(printInputError(text.left))
  const records: RaceRecord[] = []
  for (const [i, line] of text.right.split('\n').entries()) {
    if (line.trim() === '') continue
    const record = recordOf(line, i + 1, file)
    if (isLeft(record)) return left(printInputError(record.left))
    records.push(record.right)
  }
  return right(records)
}

/** Races vCPUs against changes of slots, and judges what they saw by the explorer. */
export const race = async (options: RaceVerbOptions, io: Io): Promise<ExitStatus> => {
  const { seconds, records = [], target = records.length > 0 ? [] : ['kvm'] } = options
  const unknown = target.find(name => name !== 'kvm' && vmNameOf(name) === null && arm64NameOf(name) === null)
  if (unknown !== undefined) {
    complain(io, `nothing is raced on "${unknown}": ${RACED}`)
    return EXIT.usage
  }
  const kernels: RaceKernel[] = []
  const failed: { target: string; because: string }[] = []
  const jobs = [
    ...target.map(name => ({ name, raced: () => raceOn(name, seconds, io) })),
    ...records.map(name => ({ name, raced: () => readRecords(name, io) })),
  ]
  for (const { name, raced } of jobs) {
    const got = await raced()
    const judged = isLeft(got) ? null : judgeRace(name, got.right)
    if (judged !== null) kernels.push(judged)
    else failed.push({ target: name, because: isLeft(got) ? got.left : 'it said nothing of its kernel' })
  }
  const report: RaceReport = {
    schema: 'memslot-race',
    version: 1,
    seconds,
    interrupted: stopOf(io).aborted,
    edits: EDITS.map(({ id, says }) => ({ id, says })),
    kernels,
    failed,
  }
  const wrote =
    options.html === undefined ? null : await writeWhole(options.html, racePage(report), stopOf(io))
  if (wrote !== null && isLeft(wrote)) complain(io, printInputError(wrote.left))
  if (options.json === true) sayJson(io, RaceReportCodec.encode(report))
  else
    say(
      io,
      renderRace(report, {
        color: wantsColour(io),
        page: wrote === null || isLeft(wrote) ? null : wrote.right,
      }),
    )
  return wrote !== null && isLeft(wrote) ? EXIT.usage : statusOfRace(report)
}
