import { type Cells, initialMachine } from '../../spec/terms/cells.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Parameters } from '../../spec/terms/parameters.js'
import type { Seen } from '../../spec/terms/result.js'
import type { Trace } from '../trace.js'
import { type Deviation, explainDeviation } from '../verdict/deviation.js'
import { parametersOf } from '../wire/config.js'
import type { Header, TraceRecord } from '../wire/record.js'
import {
  type Begun,
  distinct,
  type Possible,
  possibleAtRest,
  returned,
  returnedAnyhow,
  withEffect,
} from './possible.js'

export type VerdictIs = 'conforms' | 'deviates' | 'inconclusive' | 'spec-error'

export interface Verdict {
  readonly is: VerdictIs
  readonly calls: number
  readonly deviations: readonly Deviation[]
  /** Why nothing definite can be said, or what the specification itself got wrong. */
  readonly remarks: readonly string[]
  /** The most machines that had to be kept in mind at once. */
  readonly width: number
}

/** The most machines kept in mind; beyond it a trace is inconclusive, and its check stays linear in its length. */
const MOST_POSSIBLE = 4096

export interface Checker {
  /** Takes the next record. Says whether it deviated. */
  record(record: TraceRecord, line: number | null): Deviation | null
  /** The machines that may be behind what was seen so far. */
  possible(): readonly Cells[]
  verdict(): Verdict
}

/**
 * A set-of-states checker: every return maps the set of machines that explain what came before to the set that also
 * explains it; the empty set is a deviation. It then goes on with the answers that would have been allowed, so that one
 * run reports every deviation.
 */
export const checker = (params: Parameters): Checker => {
  let possibles: readonly Possible[] = [possibleAtRest(initialMachine(params))]
  const begun = new Map<number, Begun & { readonly tid: number }>()
  const deviations: Deviation[] = []
  const remarks: string[] = []
  let calls = 0
  let width = 1
  let complete = false
  let gaveUp = false
  let specError = false

  const begin = (n: number, tid: number, operation: Operation): null => {
    calls++
    begun.set(n, { operation, chosen: null, tid })
    return null
  }

  const finish = (n: number, seen: Seen, line: number | null): Deviation | null => {
    const of = begun.get(n)
    if (of === undefined || gaveUp) return null // a trace without the start was refused when it was read
    const before = possibles
    const effected = distinct(before.flatMap(p => withEffect(p, n, begun)))
    begun.delete(n)
    if (effected.length === 0) {
      specError = true
      remarks.push(`no rule applies to ${of.operation.op}${of.chosen === null ? '' : ` by ${of.chosen}`}`)
      return null
    }
    const explained = distinct(effected.map(p => returned(p, n, seen)).filter(p => p !== null))
    width = Math.max(width, effected.length)
    if (explained.length > MOST_POSSIBLE) {
      gaveUp = true
      remarks.push(`more than ${MOST_POSSIBLE} machines explain the trace up to line ${line}`)
      return null
    }
    if (explained.length > 0) {
      possibles = explained
      return null
    }
    possibles = distinct(effected.map(p => returnedAnyhow(p, n)))
    const results = effected.flatMap(p => p.effects.get(n)?.result ?? [])
    const first = before[0] as Possible // a set of machines is never empty
    const deviation = explainDeviation({
      line,
      n,
      tid: of.tid,
      before: first.cells,
      operation: of.operation,
      seen,
      allowed: results,
    })
    deviations.push(deviation)
    return deviation
  }

  return {
    record: (record, line) => {
      switch (record.ev) {
        case 'call':
        case 'access':
          return begin(record.n, record.tid, record.operation)
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
    possible: () => possibles.map(p => p.cells),
    verdict: () => {
      const open = [...begun.values()].map(b => b.operation.op)
      const unfinished = complete
        ? open.length > 0
          ? [`the trace ends before ${open.join(', ')} returned`]
          : []
        : ['the trace has no end record: its last operations cannot be judged']
      const is = specError
        ? 'spec-error'
        : deviations.length > 0
          ? 'deviates'
          : gaveUp || unfinished.length > 0
            ? 'inconclusive'
            : 'conforms'
      return { is, calls, deviations, remarks: [...remarks, ...unfinished], width }
    },
  }
}

/** The parameters a trace's header gives, defaults for the rest. */
export const parametersOfHeader = (header: Header): Parameters =>
  parametersOf({
    ...(header.profile === undefined ? {} : { profile: header.profile }),
    ...(header.config ?? {}),
  })

/** Judges a whole trace. */
export const checkTrace = (trace: Trace): Verdict => {
  const check = checker(parametersOfHeader(trace.header))
  for (const { record, line } of trace.lines) check.record(record, line)
  return check.verdict()
}
