import type { Case } from '../cases/case.js'
import { giveWay, stepwise } from '../give-way.js'
import type { CaseDeviation, Skip, SuiteReport } from '../reports/conform/codec.js'
import { isInProcess } from '../targets/in-process.js'
import type { StopSignal } from '../targets/stop-signal.js'
import type { Hello, Session, Target } from '../targets/target.js'
import { askAnew, askNow, askSession, unfit } from './ask.js'
import { atomicityOf } from './atomicity/atomicity.js'
import type { ProgramCase } from './atomicity/program-case.js'
import { type ProgramsOutcome, runProgramCases } from './atomicity/run-programs.js'
import type { Ask } from './blocks/ask-block.js'
import { runBlocks } from './blocks/run-blocks.js'
import { type SelectedBlock, sizeOf } from './blocks/select.js'
import { coveringSuite } from './cover.js'
import { expectedOf } from './expect.js'
import { inLanes } from './in-lanes.js'
import { judge } from './judge-case.js'

/** How a suite is run. */
export interface RunOptions {
  /** The cases to ask, as `loadSuite` gives them. */
  readonly cases: readonly Case[]
  /** Blocks of exhaustive families, run after the cases. */
  readonly blocks?: readonly SelectedBlock[]
  /** Programs whose threads meet, run at the end; none where absent. */
  readonly programs?: readonly ProgramCase[]
  /** `strict`: errors in Linux's order. `loose`: any error that is true of the call. */
  readonly errors: 'strict' | 'loose'
  /** Ends the run before the next case; what was judged until then is in the report. */
  readonly stop: StopSignal
  /** Called now and then with numbers of cases. */
  readonly onProgress?: (done: number, total: number, failed: number) => void
  /** How many of the cases that passed are run again, each on a VM of its own, to show that sharing one changes nothing. */
  readonly fresh?: number
  /** Whether to measure how much of the specification the cases exercise; not of a run that was stopped. */
  readonly cover?: boolean
}

interface Skipped {
  readonly reason: string
  readonly id: string
}

type Outcome =
  | ({ readonly kind: 'skipped' } & Skipped)
  | { readonly kind: 'judged'; readonly expected: Case; readonly deviation: CaseDeviation | null }

/** As many sessions as the target can have asked at once. */
const openSessions = async (target: Target): Promise<readonly Session[]> => {
  const sessions = [await target.open({})]
  while (sessions.length < (target.sessions ?? 1)) sessions.push(await target.open({}))
  return sessions
}

const tally = (skipped: readonly Skipped[]): readonly Skip[] => {
  const byReason = new Map<string, string[]>()
  for (const { reason, id } of skipped) {
    const ids = byReason.get(reason)
    if (ids === undefined) byReason.set(reason, [id])
    else ids.push(id)
  }
  return [...byReason]
    .map(([reason, ids]) => ({ reason, cases: ids.length, ids }))
    .toSorted((a, b) => b.cases - a.cases)
}

/** Cases between two reports of progress, at which an in-process run also gives way to Ctrl-C. */
const CASES_AT_ONCE = 250

/**
 * Runs cases on a target, one after the other, and judges the answers. A case that fails, and even a target that dies,
 * loses no result already obtained; a case whose features the target lacks, or that it refuses, is counted as skipped.
 * Rejects where the target cannot say hello or no session of it can be opened.
 *
 * @example
 * const cases = loadSuite({ filter: [], smoke: true })
 * if (isLeft(cases)) throw new Error(cases.left.file)
 * const { signal: stop } = new AbortController()
 * const report = await runSuite(myTarget, { cases: cases.right, errors: 'strict', stop })
 * report.failed // 0 where every case that was judged has an allowed answer to every operation
 */
export const runSuite = async (target: Target, options: RunOptions): Promise<SuiteReport> => {
  const { cases, blocks = [], programs = [], errors, stop, onProgress, fresh = 0 } = options
  const ofCases = cases.length + blocks.reduce((sum, block) => sum + sizeOf(block), 0)
  const all = ofCases + programs.length
  const started = performance.now()
  const hello = await target.hello()
  const sessions = isInProcess(target) ? [] : await openSessions(target)
  const asks: readonly Ask[] = isInProcess(target)
    ? [one => askNow(target.now.open, one)]
    : sessions.map(session => one => askSession(session, one, stop))

  const skips: Skipped[] = []
  const deviations: CaseDeviation[] = []
  const judged: Case[] = []
  let failed = 0
  const outcomes = await inLanes(asks, cases, async (one, ask, i): Promise<Outcome | null> => {
    if (stop.aborted) return null
    if (i % CASES_AT_ONCE === 0) {
      onProgress?.(i, all, failed)
      await giveWay()
    }
    const why = unfit(hello, one)
    if (why !== null) return { kind: 'skipped', reason: why, id: one.id }
    const asked = ask(one)
    const answered = asked instanceof Promise ? await asked : asked
    if (stop.aborted && answered.seen.length < one.ops.length) return null
    if (answered.refused !== null)
      return { kind: 'skipped', reason: `refused: ${answered.refused}`, id: one.id }
    const expected = expectedOf(hello, one, answered.performed)
    const deviation = judge(expected, hello.name, answered, errors)
    if (deviation !== null) failed++
    return { kind: 'judged', expected, deviation }
  })
  for (const outcome of outcomes) {
    if (outcome.kind === 'skipped') {
      skips.push(outcome)
      continue
    }
    judged.push(outcome.expected)
    if (outcome.deviation !== null) deviations.push(outcome.deviation)
  }
  const ofBlocks = await runBlocks(blocks, {
    hello,
    asks,
    errors,
    stop,
    onProgress: (done, failed) => onProgress?.(cases.length + done, all, deviations.length + failed),
  })
  const [session] = sessions
  if (session !== undefined) {
    // Those that failed are known to fail: only a case that passed has something to show.
    const known = new Set(deviations.map(d => d.case))
    const passed = judged.filter(one => !known.has(one.id))
    deviations.push(...(await again({ target, session, hello }, passed, fresh, options)))
    for (const one of sessions) await one.close().catch(() => {}) // everything has been heard
  }
  deviations.push(...ofBlocks.deviations)
  skips.push(...ofBlocks.skips)
  const ofPrograms = await runPrograms(target, hello, programs, stop, (done, failed) =>
    onProgress?.(ofCases + done, all, deviations.length + failed),
  )
  deviations.push(...ofPrograms.deviations)
  skips.push(...ofPrograms.skips)
  onProgress?.(all, all, deviations.length)
  const answered = judged.length + ofBlocks.judged + ofPrograms.passed + ofPrograms.deviations.length
  const covered =
    options.cover === true && !stop.aborted
      ? await stepwise(coveringSuite(judged, ofBlocks.sample), stop)
      : null
  return {
    target: hello.name,
    total: answered + skips.length,
    passed: answered - deviations.length,
    failed: deviations.length,
    skipped: skips.length,
    seconds: (performance.now() - started) / 1000,
    interrupted: stop.aborted,
    deviations,
    skips: tally(skips),
    coverage: covered,
    atomicity: atomicityOf(target, hello, programs.length, ofPrograms),
  }
}

/** Runs the programs in a session of their own: threads that hang or crash take nothing else with them. */
const runPrograms = async (
  target: Target,
  hello: Hello,
  programs: readonly ProgramCase[],
  stop: StopSignal,
  onProgress: (done: number, failed: number) => void,
): Promise<ProgramsOutcome> => {
  if (programs.length === 0 || stop.aborted) return { passed: 0, deviations: [], skips: [] }
  const session = await target.open({})
  const ran = await runProgramCases(session, hello, programs, stop, onProgress)
  await session.close().catch(() => {}) // everything has been heard
  return ran
}

interface Asking {
  readonly target: Target
  readonly session: Session
  readonly hello: Hello
}

/** A sample of the cases, each on a VM of its own; the first also in a session of its own. */
const again = async (
  { target, session, hello }: Asking,
  judged: readonly Case[],
  fresh: number,
  { errors, stop }: RunOptions,
): Promise<readonly CaseDeviation[]> => {
  const stride = Math.max(1, Math.floor(judged.length / Math.max(fresh, 1)))
  const deviations: CaseDeviation[] = []
  for (let i = 0; i < judged.length && fresh > 0 && !stop.aborted; i += stride) {
    const one = judged[i] as Case // i is below the length
    const open = session.open?.bind(session)
    const onVm =
      open === undefined
        ? await askAnew(target, one, stop)
        : await askSession(session, one, stop, () => open(one.config))
    const anew = i === 0 && open !== undefined ? await askAnew(target, one, stop) : onVm
    for (const [asked, where] of [
      [onVm, 'on a VM of its own'],
      ...(anew === onVm ? [] : [[anew, 'in a process of its own'] as const]),
    ] as const) {
      if (stop.aborted && asked.seen.length < one.ops.length) break
      const deviation = judge(expectedOf(hello, one, asked.performed), hello.name, asked, errors)
      if (deviation !== null) deviations.push({ ...deviation, case: `${deviation.case} (${where})` })
    }
  }
  return deviations
}
