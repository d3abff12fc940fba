import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import { counted } from '../../spec/terms/counted.js'
import type { Parameters } from '../../spec/terms/parameters.js'
import type { Seen } from '../../spec/terms/result.js'
import type { Trace } from '../trace.js'
import { type Deviation, explainDeviation } from '../verdict/deviation.js'
import { type Verdict, verdictOf } from '../verdict/verdict.js'
import { parametersOf } from '../wire/config.js'
import type { Header, TraceRecord } from '../wire/record.js'
import { type Begun, type Candidate, candidateAtRest, distinct, takenBy } from './candidate.js'
import { returned, returnedAlone, returnedAnyhow, withEffect } from './pending.js'
import { type Numbered, readsMemory, watchForTearing } from './torn.js'

/** The most candidates kept. A trace that needs more is inconclusive; the limit keeps a check linear in its length. */
const MAX_CANDIDATES = 4096

/** A check in progress: it takes the records of one trace, in order. */
export interface Checker {
  /**
   * Takes the next record. Returns the deviation if this record is an answer that no rule explains, else null.
   *
   * @param line the record's line in its file, from 1; null where there is no file
   */
  record(record: TraceRecord, line: number | null): Deviation | null
  /** The machines that explain every record so far; one, unless operations overlap or leave a choice open. */
  possible(): readonly Cells[]
  /** The verdict on the records so far. */
  verdict(): Verdict
}

interface InProgress extends Begun {
  readonly tid: number
}

const sayTorn = (a: Numbered, b: Numbered): string =>
  `${a.operation.op} ${a.n} and ${b.operation.op} ${b.n} overlap, and are not both one aligned word of up to 8 bytes: one may have seen a part of the other, so what memory held is not known`

/**
 * Begins a check. It keeps the set of machines that explain every record so far. Each return maps that set to the
 * machines that also explain the answer; an empty set is a deviation. The check then goes on from the answers that were
 * allowed, so that one run reports every deviation.
 *
 * @param maxCandidates the most machines kept at once: where more explain the trace, it is inconclusive
 * @example
 * const check = checker(parametersOf({ profile: 'batch' }))
 * for (const record of records) {
 *   const deviation = check.record(record, null)
 *   if (deviation !== null) console.log(renderDeviation(deviation))
 * }
 * console.log(check.verdict().is)
 */
export const checker = (params: Parameters, maxCandidates = MAX_CANDIDATES): Checker => {
  let candidates: readonly Candidate[] = [candidateAtRest(initialMachine(params))]
  const begun = new Map<number, InProgress>()
  const deviations: Deviation[] = []
  const remarks: string[] = []
  let calls = 0
  let width = 1
  let complete = false
  let gaveUp = false
  let specError = false

  /** Two operations that overlapped and may have seen parts of each other, as a sentence. */
  let torn: string | null = null
  const tearing = watchForTearing()

  const giveUp = (why: string): null => {
    gaveUp = true
    remarks.push(why)
    return null
  }
  const tooMany = (line: number | null): null =>
    giveUp(
      `more than ${counted(maxCandidates, 'machine explains', 'machines explain')} the trace up to line ${line}`,
    )

  const begin = (n: number, of: InProgress): void => {
    if (torn === null && begun.size > 0) {
      const pair = tearing.begins({ n, operation: of.operation }, begun)
      if (pair !== null) torn = sayTorn(...pair)
    }
    begun.set(n, of)
  }

  /** No candidate explains the answer: a deviation, unless the specification has no effect for the operation at all. */
  const unexplained = (n: number, of: InProgress, seen: Seen, line: number | null): Deviation | null => {
    const { operation, tid, chosen } = of
    const recorded = withEffect(candidates, n, begun, maxCandidates, p => p)
    const followsRecord = recorded.candidates.length > 0 || chosen === null
    // Where the recorded rule does not apply, the implementation is wrong; the check goes on with the rules that do.
    const free = new Map<number, Begun>(begun).set(n, { operation, chosen: null })
    const after = followsRecord ? recorded : withEffect(candidates, n, free, maxCandidates, p => p)
    const effects = after.candidates.flatMap(p => takenBy(p, n) ?? [])
    const [first] = effects
    if (first === undefined) {
      specError = true
      remarks.push(`no rule applies to ${operation.op}`)
      return null
    }
    candidates = distinct(after.candidates.map(p => returnedAnyhow(p, n)))
    if (!after.complete) tooMany(line)
    const allowed = effects.map(({ result }) => result)
    const deviation = explainDeviation({
      line,
      n,
      tid,
      before: first.before,
      operation,
      seen,
      allowed,
      chosen,
    })
    deviations.push(deviation)
    return deviation
  }

  const judge = (n: number, of: InProgress, seen: Seen, line: number | null): Deviation | null => {
    const [only, ...others] = candidates
    const alone =
      begun.size === 1 &&
      only !== undefined &&
      others.length === 0 &&
      only.taken.length === 0 &&
      only.halfway.length === 0 &&
      only.unmade.length === 0 &&
      only.window === null
    const explained = alone
      ? { candidates: returnedAlone(only.cells, of, seen), complete: true }
      : withEffect(candidates, n, begun, maxCandidates, p => returned(p, n, seen))
    if (!explained.complete) return tooMany(line)
    if (explained.candidates.length === 0 && torn !== null && readsMemory(of.operation)) return giveUp(torn)
    if (explained.candidates.length === 0) return unexplained(n, of, seen, line)
    candidates = explained.candidates
    width = Math.max(width, candidates.length)
    return null
  }

  const finish = (n: number, seen: Seen, line: number | null): Deviation | null => {
    const of = begun.get(n)
    // readTrace refuses an end whose start is missing.
    const deviation = of === undefined || gaveUp ? null : judge(n, of, seen, line)
    begun.delete(n)
    tearing.ends(n)
    return deviation
  }

  return {
    record: (record, line) => {
      switch (record.ev) {
        case 'call':
        case 'access':
          calls++
          begin(record.n, { operation: record.operation, chosen: null, tid: record.tid })
          return null
        case 'return':
        case 'access-end':
          return finish(record.of, record.seen, line)
        case 'choice': {
          const of = record.of === undefined ? undefined : begun.get(record.of)
          if (of !== undefined && record.what === 'rule' && typeof record.value === 'string') {
            begun.set(record.of as number, { ...of, chosen: record.value })
          }
          return null
        }
        case 'end':
          complete = true
          return null
        case 'header':
        case 'access-wait':
        case 'note':
          return null
      }
    },
    possible: () => candidates.map(p => p.cells),
    verdict: () =>
      verdictOf({
        calls,
        deviations,
        remarks,
        width,
        complete,
        gaveUp,
        specError,
        open: [...begun.values()].map(({ operation }) => operation),
      }),
  }
}

/** The parameters in a trace's header (`profile` and `config`), with defaults for the rest. */
export const parametersOfHeader = (header: Header): Parameters =>
  parametersOf({
    ...(header.profile === undefined ? {} : { profile: header.profile }),
    ...(header.config ?? {}),
  })

/**
 * Judges a whole trace, as `memslot check` does.
 *
 * @example
 * const trace = readTrace(text, 'run.ndjson')
 * if (isRight(trace)) console.log(renderVerdict(checkTrace(trace.right), { file: 'run.ndjson' }))
 */
export const checkTrace = (trace: Trace): Verdict => {
  const check = checker(parametersOfHeader(trace.header))
  for (const { record, line } of trace.lines) check.record(record, line)
  return check.verdict()
}
