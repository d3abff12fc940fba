import type { TraceRecord } from '../../../oracle/wire/record.js'
import { counted } from '../../../spec/terms/counted.js'
import type { CaseDeviation } from '../../reports/conform/codec.js'
import type { Broken } from '../../stress/programs/invariants.js'
import { findIn } from '../../stress/programs/run.js'
import { isHung, runScript, traceOf } from '../../stress/programs/run-script.js'
import { sayTrouble } from '../../targets/run-program.js'
import type { StopSignal } from '../../targets/stop-signal.js'
import type { Hello, Session } from '../../targets/target.js'
import type { ProgramCase } from './program-case.js'

/** What came of the programs. */
export interface ProgramsOutcome {
  readonly passed: number
  readonly deviations: readonly CaseDeviation[]
  /** Those that were refused, and those that have too many explanations to be judged. */
  readonly skips: readonly { readonly id: string; readonly reason: string }[]
}

/** What an access breaks that waits, where none need. */
const waitIn = ({ waitBreaks }: ProgramCase, records: readonly TraceRecord[]): Broken | null =>
  waitBreaks !== null && records.some(({ ev }) => ev === 'access-wait')
    ? { property: waitBreaks, says: 'an access waited, and no update owes its page' }
    : null

/** A target that has hung so often is asked no more programs: each would take as long again. */
const MAX_HUNG = 2

/** Runs programs whose threads meet, one after the other, and judges each as a whole. */
export const runProgramCases = async (
  session: Session,
  { name }: Hello,
  cases: readonly ProgramCase[],
  stop: StopSignal,
  onProgress: (done: number, failed: number) => void,
): Promise<ProgramsOutcome> => {
  const deviations: CaseDeviation[] = []
  const skips: { readonly id: string; readonly reason: string }[] = []
  let [passed, hung] = [0, 0]
  for (const [i, one] of cases.entries()) {
    if (stop.aborted) break
    onProgress(i, deviations.length)
    if (hung >= MAX_HUNG) {
      skips.push({ id: one.id, reason: 'its threads have waited without end before' })
      continue
    }
    const script = one.script()
    const history = await runScript(session, script, stop)
    if (stop.aborted) break
    const { trouble, records } = history
    if (trouble?.kind === 'refused') {
      skips.push({ id: one.id, reason: `refused: ${trouble.because}` })
      continue
    }
    const { violations, judged, says } = findIn(script, history, 0, one.isJudged)
    if (trouble !== null && isHung(trouble)) hung++
    const broken = violations[0] ?? waitIn(one, records)
    if (broken === null && judged === 'inconclusive')
      skips.push({ id: one.id, reason: 'too many explanations to be judged' })
    else if (broken === null && judged !== 'deviates') passed++
    else
      deviations.push({
        case: one.id,
        says: one.says,
        at: 0,
        operation: `${counted(script.threads.length, 'thread')} that meet`,
        seen: broken === null ? (says.split('\n')[0] ?? '') : `${broken.property}: ${broken.says}`,
        allowed: [],
        explanation: broken === null ? says : `${broken.property}: ${broken.says}`,
        trace: trouble === null ? traceOf(script, name, records) : '',
        ...(trouble === null ? {} : { fault: sayTrouble(trouble) }),
      })
  }
  return { passed, deviations, skips }
}
