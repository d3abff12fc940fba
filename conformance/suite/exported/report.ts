import { u64 } from '../../../spec/terms/numbers.js'
import { defaultParameters } from '../../../spec/terms/parameters.js'
import type { Case } from '../../cases/case.js'
import { EXPORTED_FEATURES } from '../../cases/export/kselftest.js'
import type { CaseDeviation, Skip, SuiteReport } from '../../reports/conform/codec.js'
import type { Hello } from '../../targets/target.js'
import { unfit } from '../ask.js'
import { deviationOf } from '../deviation.js'
import type { Tap } from './tap.js'

/** The exported program, as far as a case decides whether it can be asked it. */
const PROGRAM: Hello = {
  name: 'the exported program',
  version: '',
  protocol: 1,
  features: EXPORTED_FEATURES,
  choices: false,
  limits: {
    spaces: defaultParameters.spaces,
    slots: defaultParameters.slotLimit,
    maxGfn: u64(BigInt(defaultParameters.maxGfn)),
    entries: 0,
  },
  vm: { profile: 'linux' },
}

const NOT_EXPORTED = 'the exported program makes no such calls, or its VMs are others'

const FAILED = /^operation (?<at>\d+): seen (?<seen>.*), allowed /

const BY_PROGRAM = 'the exported program keeps no trace'

const failureOf = (one: Case, kernel: string, why: readonly string[]): CaseDeviation => {
  const groups = why.map(line => FAILED.exec(line)?.groups).find(found => found !== undefined)
  const at = Math.min(Number(groups?.at ?? 0), one.ops.length - 1)
  const seen = groups?.seen ?? why.join('; ')
  const deviation = deviationOf(one, kernel, [], at, BY_PROGRAM)
  const allowed = deviation.allowed.join(', or ')
  const explanation = `operation ${at}: ${deviation.operation}\n  seen ${seen}, allowed ${allowed}; ${BY_PROGRAM}`
  return { ...deviation, seen, explanation }
}

const endedOf = (one: Case, kernel: string, because: string): CaseDeviation => ({
  ...deviationOf(one, kernel, [], 0, because),
  seen: 'no verdict',
  fault: because,
})

/** How the machine on which the program ran came to its end, where it was not asked everything. */
export interface Ending {
  readonly because: string
  readonly interrupted: boolean
}

/**
 * The verdicts of the exported program as a report. The first case without one is where the machine ended, and a deviation;
 * those behind it were not asked.
 *
 * @param ids of the cases that the program has, in their order
 */
export const reportOfTap = (
  cases: readonly Case[],
  ids: readonly string[],
  { kernel, verdicts, end }: Tap,
  { because, interrupted }: Ending,
): Omit<SuiteReport, 'seconds'> => {
  const target = kernel ?? 'no kernel'
  const has = new Set(ids)
  const deviations: CaseDeviation[] = []
  const reasons = new Map<string, string[]>()
  const skip = (reason: string, { id }: Case): void => {
    const of = reasons.get(reason)
    if (of === undefined) reasons.set(reason, [id])
    else of.push(id)
  }
  let passed = 0
  let isOver = interrupted || end.kind === 'gave up'
  const why = end.kind === 'gave up' ? `the program gave up: ${end.because}` : because
  for (const one of cases) {
    const verdict = verdicts.get(one.id)
    if (!has.has(one.id)) skip(unfit(PROGRAM, one) ?? NOT_EXPORTED, one)
    else if (verdict?.kind === 'passed') passed++
    else if (verdict?.kind === 'skipped') skip(`the program: ${verdict.because}`, one)
    else if (verdict?.kind === 'failed') deviations.push(failureOf(one, target, verdict.why))
    else if (isOver) skip(`not asked: ${why}`, one)
    else {
      isOver = true
      deviations.push(endedOf(one, target, why))
    }
  }
  const skips: readonly Skip[] = [...reasons]
    .map(([reason, of]) => ({ reason, cases: of.length, ids: of }))
    .toSorted((a, b) => b.cases - a.cases)
  const skipped = skips.reduce((sum, one) => sum + one.cases, 0)
  return {
    target,
    total: cases.length,
    passed,
    failed: deviations.length,
    skipped,
    interrupted,
    deviations,
    skips,
    coverage: null,
    atomicity: {
      is: 'not judged',
      says: 'atomicity was not judged: the exported program makes one call after the other',
    },
  }
}
