import {
  type MatterReport,
  MatterReportCodec,
  mattering,
  renderChange,
  renderMattering,
} from '../../../mutation/rules/index.js'
import { type Io, say, sayJson, stopOf, wantsColour } from '../../io.js'
import { progressOf } from '../../progress.js'
import { EXIT, type ExitStatus } from '../../status.js'

export interface MatterVerbOptions {
  /** Only changes of rules whose names begin so. */
  readonly only?: string
  readonly json?: boolean
}

/** A survivor is a failure; a run without changes is inconclusive. */
export const statusOfMattering = ({ interrupted, total, noticed }: MatterReport): ExitStatus => {
  if (interrupted) return EXIT.interrupted
  if (total === 0) return EXIT.inconclusive
  return noticed < total ? EXIT.deviation : EXIT.expected
}

/** Changes the rules one at a time, and reports by what each change is caught. */
export const matter = async ({ only, json }: MatterVerbOptions, io: Io): Promise<ExitStatus> => {
  const progress = await progressOf(io, 'changes')
  const report = await mattering({
    ...(only === undefined ? {} : { only }),
    stop: stopOf(io),
    onProgress: ({ done, total, last }) => progress.at(done, total, renderChange(last)),
  })
  progress.end()
  if (json === true) sayJson(io, MatterReportCodec.encode(report))
  else say(io, renderMattering(report, { color: wantsColour(io) }))
  return statusOfMattering(report)
}
