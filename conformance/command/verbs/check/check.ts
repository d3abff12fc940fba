import { isLeft } from 'fp-ts/lib/Either.js'
import { type InputError, printInputError, renderVerdict } from '../../../../oracle/index.js'
import type { CheckedFile, CheckReport } from '../../../reports/check/codec.js'
import { deviationReport } from '../../../reports/check/deviation-report.js'
import { complain, type Io, say, sayJson, stopOf } from '../../io.js'
import { judgeTrace, statusOf } from '../../judge-trace.js'
import { progressOf } from '../../progress.js'
import { command } from '../../quote.js'
import { nameOf } from '../../read-input.js'
import { traceIn } from '../../read-trace.js'
import { EXIT, type ExitStatus, gravest } from '../../status.js'

export interface CheckOptions {
  readonly json?: boolean
  readonly full?: boolean
  readonly failFast?: boolean
}

interface Checked {
  readonly status: ExitStatus
  readonly report: CheckedFile
  readonly text: string
}

const unreadable = (file: string, { line, path, found, expected }: InputError): CheckedFile => ({
  file,
  is: 'unreadable',
  calls: 0,
  deviations: [],
  remarks: [],
  width: 0,
  error: { line, path, found, expected },
})

/** The text of a verdict, with the name of the file in its last line. */
const summedUp = (rendered: string, of: string): string => {
  const at = rendered.lastIndexOf('\n') + 1
  return `${rendered.slice(0, at)}${of}${rendered.slice(at)}`
}

const checkFile = async (file: string, options: CheckOptions, io: Io): Promise<Checked> => {
  const name = nameOf(file)
  const trace = await traceIn(file, io)
  if (isLeft(trace)) {
    complain(io, printInputError(trace.left))
    return { status: EXIT.usage, report: unreadable(file, trace.left), text: '' }
  }
  const progress = await progressOf(io, name)
  const { verdict, interrupted } = await judgeTrace(trace.right, {
    stop: stopOf(io),
    failFast: options.failFast ?? false,
    onProgress: (done, total) => progress.at(done, total),
  })
  progress.end()
  const { is, calls, deviations, remarks, width } = verdict
  const rendered = renderVerdict(verdict, {
    file: name,
    full: options.full ?? false,
    ...(file === '-' ? {} : { again: command('check', file, '--full') }),
  })
  return {
    status: interrupted ? EXIT.interrupted : statusOf(is),
    text: summedUp(rendered, `${name}: ${interrupted ? 'interrupted; up to then ' : ''}`),
    report: {
      file,
      is: interrupted ? 'interrupted' : is,
      calls,
      deviations: deviations.map(deviationReport),
      remarks,
      width,
      error: null,
    },
  }
}

/** Judges traces. Each is judged, whatever the verdict on the one before; the gravest verdict is the exit status. */
export const check = async (files: readonly string[], options: CheckOptions, io: Io): Promise<ExitStatus> => {
  const checked: Checked[] = []
  for (const file of files) {
    const one = await checkFile(file, options, io)
    checked.push(one)
    if (options.json !== true && one.text !== '') say(io, one.text)
    if (one.status === EXIT.interrupted) break
  }
  const report: CheckReport = {
    schema: 'memslot-check',
    version: 1,
    files: checked.map(one => one.report),
  }
  if (options.json === true) sayJson(io, report)
  return gravest(checked.map(one => one.status))
}
