import { checker, parametersOfHeader, type Trace, type Verdict, type VerdictIs } from '../../oracle/index.js'
import { giveWay, pacing } from '../give-way.js'
import { EXIT, type ExitStatus } from './status.js'

export interface JudgeOptions {
  readonly stop: AbortSignal
  /** Nothing after the first deviation is judged. */
  readonly failFast?: boolean
  readonly onProgress?: (done: number, total: number) => void
}

/** Judges a trace record by record, so that an interruption leaves a verdict on what came before. */
export const judgeTrace = async (
  { header, lines }: Trace,
  { stop, failFast = false, onProgress }: JudgeOptions,
): Promise<{ readonly verdict: Verdict; readonly interrupted: boolean }> => {
  const check = checker(parametersOfHeader(header))
  const isDue = pacing()
  for (const [i, { record, line }] of lines.entries()) {
    const deviation = check.record(record, line)
    if (deviation !== null && failFast) {
      const verdict = check.verdict()
      return {
        verdict: { ...verdict, remarks: ['nothing after the first deviation was judged'] },
        interrupted: false,
      }
    }
    if (isDue()) {
      onProgress?.(i + 1, lines.length)
      await giveWay()
      if (stop.aborted) return { verdict: check.verdict(), interrupted: true }
    }
  }
  return { verdict: check.verdict(), interrupted: false }
}

const STATUS: Readonly<Record<VerdictIs, ExitStatus>> = {
  conforms: EXIT.expected,
  deviates: EXIT.deviation,
  inconclusive: EXIT.inconclusive,
  'spec-error': EXIT.contradiction,
}

export const statusOf = (is: VerdictIs): ExitStatus => STATUS[is]
