import { checker } from '../../../oracle/check/checker.js'
import { headerOf, writeRecord } from '../../../oracle/trace.js'
import type { Deviation } from '../../../oracle/verdict/deviation.js'
import { renderVerdict } from '../../../oracle/verdict/render.js'
import type { VerdictIs } from '../../../oracle/verdict/verdict.js'
import { parametersOf } from '../../../oracle/wire/config.js'
import type { Program } from '../../../oracle/wire/program.js'
import type { TraceRecord } from '../../../oracle/wire/record.js'
import type { Result } from '../../../spec/terms/result.js'
import { runProgram, type Trouble } from '../../targets/run-program.js'
import type { StopSignal } from '../../targets/stop-signal.js'
import type { Session } from '../../targets/target.js'
import { TargetFailure } from '../../targets/target-error.js'
import type { Script } from './draw.js'
import { type Broken, type Property, watchHistory } from './invariants.js'

/** What a target did of a script. */
export interface History {
  readonly records: readonly TraceRecord[]
  readonly trouble: Trouble | null
  /** The share of the records of the concurrent program in which the updating thread was not through. */
  readonly busy: number
}

/** Where the updating thread ended among the records, as a share of them. */
const busyOf = (records: readonly TraceRecord[]): number => {
  const updates = new Set<number>()
  let last = 0
  for (const [i, record] of records.entries()) {
    if (record.ev === 'call' && record.tid === 0) updates.add(record.n)
    if (record.ev === 'return' && updates.has(record.of)) last = i + 1
  }
  return records.length === 0 ? 1 : last / records.length
}

/** Runs a script on a fresh VM: its three programs one after the other. */
export const runScript = async (session: Session, script: Script, stop: StopSignal): Promise<History> => {
  const { config } = script
  const alone = (ops: Script['before']): Program => ({ config, threads: [{ tid: 0, ops }] })
  const concurrent: Program = {
    config,
    threads: script.threads.map((ops, at) => ({ tid: script.tids?.[at] ?? at, ops })),
    schedule: script.schedule ?? 'concurrent',
  }
  const records: TraceRecord[] = []
  let busy = 1
  for (const [i, program] of [alone(script.before), concurrent, alone(script.after)].entries()) {
    const prepare = i === 0 ? { prepare: () => session.reset(config) } : {}
    const ran = await runProgram(session, program, { stop, ...prepare })
    for (const record of ran.records) records.push(record)
    if (program === concurrent) busy = busyOf(ran.records)
    if (ran.trouble !== null || stop.aborted) return { records, trouble: ran.trouble, busy }
  }
  return { records, trouble: null, busy }
}

/** Whether a target was waited for, and gave no answer. */
export const isHung = (trouble: Trouble): boolean =>
  trouble.kind === 'hung' ||
  (trouble.kind === 'threw' && trouble.error instanceof TargetFailure && trouble.error.kind === 'hung')

/** Reads that ended as a device's and fetches that failed: they found no slot. */
export const holesIn = (records: readonly TraceRecord[]): number => {
  const looking = new Set<number>()
  let holes = 0
  for (const record of records) {
    if (record.ev === 'access' && (record.operation.op === 'read' || record.operation.op === 'fetch'))
      looking.add(record.n)
    if (record.ev === 'access-end' && looking.delete(record.of) && record.seen.is === 'access')
      holes += record.seen.end === 'data' ? 0 : 1
  }
  return holes
}

/** How a run that failed as a whole breaks a promise. A target that will not do it breaks none. */
export const brokenBy = (trouble: Trouble, says: string): Broken =>
  isHung(trouble)
    ? { property: 'retry-ends', says: `a thread waited without end: ${says}` }
    : { property: 'broke', says }

/** The promises that a history breaks, found in one pass; no more than the first few. */
export const brokenIn = (records: readonly TraceRecord[], most = 1): readonly Broken[] => {
  const watch = watchHistory()
  const broken: Broken[] = []
  for (const record of records) {
    const one = watch(record)
    if (one !== null && broken.push(one) >= most) break
  }
  return broken
}

/** The history as a trace, as `memslot check` reads it. */
export const traceOf = (script: Script, target: string, records: readonly TraceRecord[]): string =>
  [
    headerOf({ config: script.config, target: { name: target, version: '' } }),
    ...records,
    { ev: 'end' } as const,
  ]
    .map(record => `${writeRecord(record)}\n`)
    .join('')

/** Machines that may explain a history at once. One that needs more is inconclusive, and costs seconds. */
const MAX_MACHINES = 512

/** What an answer breaks that no order explains: of a batch its bits, unless it failed or published something else. */
const propertyOf = ({ operation, seen, allowed }: Deviation): Property => {
  if (operation.op === 'get-dirty') return 'dirty-complete'
  if (operation.op !== 'batch') return 'two-maps'
  const isPublished = (one: Result): boolean =>
    one.is === 'batch' &&
    seen.is === 'ok' &&
    (seen.generation === undefined || one.generation === seen.generation)
  return allowed.some(isPublished) ? 'dirty-complete' : 'answer'
}

/** What the oracle says of a history, and which property it breaks. It goes no further than the first deviation. */
export const judgeHistory = (
  script: Script,
  records: readonly TraceRecord[],
): { readonly is: VerdictIs; readonly says: string; readonly property: Property } => {
  const check = checker(parametersOf(script.config), MAX_MACHINES)
  for (const [i, record] of records.entries()) if (check.record(record, i + 2) !== null) break
  const seen = check.verdict()
  if (seen.deviations.length === 0) check.record({ ev: 'end' }, records.length + 2)
  const verdict = check.verdict()
  const [first] = verdict.deviations
  return {
    is: verdict.is,
    says: renderVerdict(verdict),
    property: first === undefined ? 'two-maps' : propertyOf(first),
  }
}
