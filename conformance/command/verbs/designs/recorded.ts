import { basename } from 'node:path'
import { isLeft } from 'fp-ts/lib/Either.js'
import { printInputError } from '../../../../oracle/wire/decode.js'
import { COUNTED } from '../../../designs/recorded/designs-recorded.js'
import { KEPT_NEEDS, needsPath, needsText } from '../../../designs/recorded/kept.js'
import { needsOf, updatesOf } from '../../../designs/recorded/recorded.js'
import {
  type RecordedNeeds,
  type RecordedReport,
  RecordedReportCodec,
} from '../../../reports/designs/recorded-codec.js'
import { recordedText } from '../../../reports/designs/recorded-words.js'
import { readError } from '../../file-error.js'
import { complain, type Io, say, sayJson } from '../../io.js'
import { EXIT, type ExitStatus } from '../../status.js'
import { writeWhole } from '../../write-whole.js'
import { recordingText } from '../audit/recording-text.js'

interface Options {
  readonly write?: boolean
  readonly json?: boolean
}

/** What a recording's updates would have taken, or why it cannot be read. */
const needsIn = async (file: string, io: Io): Promise<RecordedNeeds | string> => {
  try {
    const updates = await updatesOf(recordingText(file, io), file)
    return isLeft(updates) ? updates.left : needsOf(basename(file), updates.right, COUNTED)
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    return printInputError(readError(file, error, 'a recording of memslot calls'))
  }
}

/** What each design would have needed for what was recorded. */
export const recorded = async (
  files: readonly string[],
  { write, json }: Options,
  io: Io,
): Promise<ExitStatus> => {
  const recordings: RecordedNeeds[] = []
  for (const file of files) {
    const needs = await needsIn(file, io)
    if (typeof needs === 'string') {
      complain(io, needs)
      return EXIT.usage
    }
    recordings.push(needs)
  }
  const report: RecordedReport = { schema: 'memslot-designs-recorded', version: 1, recordings }
  if (json === true) sayJson(io, RecordedReportCodec.encode(report))
  else say(io, recordedText(report))
  if (write !== true) return EXIT.expected
  const wrote = await writeWhole(needsPath(), needsText(report))
  if (isLeft(wrote)) {
    complain(io, printInputError(wrote.left))
    return EXIT.usage
  }
  if (json !== true) say(io, '', `kept as ${KEPT_NEEDS}`)
  return EXIT.expected
}
