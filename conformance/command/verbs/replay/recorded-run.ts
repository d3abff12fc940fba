import type { Program, Trace } from '../../../../oracle/index.js'
import { identity } from '../../../../spec/rewrite/index.js'
import type { Operation } from '../../../../spec/terms/operation.js'
import type { Seen } from '../../../../spec/terms/result.js'
import type { TraceRecord } from '../../../targets/target.js'

/** An operation of a trace with its answer, where it has one. */
export interface Answered {
  readonly tid: number
  readonly operation: Operation
  readonly seen: Seen | null
}

/** Operations and answers, in the order in which they were begun. */
export const answersOf = (records: readonly TraceRecord[]): readonly Answered[] => {
  const done: { tid: number; operation: Operation; seen: Seen | null }[] = []
  const open = new Map<number, (typeof done)[number]>()
  for (const record of records) {
    if (record.ev === 'call' || record.ev === 'access') {
      const one = { tid: record.tid, operation: record.operation, seen: null }
      done.push(one)
      open.set(record.n, one)
    }
    if (record.ev === 'return' || record.ev === 'access-end') {
      const one = open.get(record.of)
      if (one !== undefined) one.seen = record.seen
      open.delete(record.of)
    }
  }
  return done
}

/** Answers by thread, in their order. */
export const byThread = (answers: readonly Answered[]): ReadonlyMap<number, readonly Answered[]> => {
  const threads = new Map<number, Answered[]>()
  for (const one of answers) {
    const thread = threads.get(one.tid)
    if (thread === undefined) threads.set(one.tid, [one])
    else thread.push(one)
  }
  return threads
}

/** The program that repeats a trace: each thread its operations, in the order in which they were begun. */
export const programOfTrace = ({ header, lines }: Trace): Program => {
  const answers = answersOf(lines.map(({ record }) => record))
  const threads = byThread(answers)
  return {
    config: { ...(header.profile === undefined ? {} : { profile: header.profile }), ...header.config },
    threads: [...threads].map(([tid, own]) => ({ tid, ops: own.map(({ operation }) => operation) })),
    ...(threads.size > 1 ? { schedule: answers.map(({ tid }) => tid) } : {}),
  }
}

/** Whether two answers are the same in all that both implementations could observe. */
export const sameAnswer = (a: Seen, b: Seen): boolean => {
  if (a.is !== b.is) return false
  const [left, right]: Readonly<Record<string, unknown>>[] = [{ ...a }, { ...b }]
  return Object.entries(left ?? {}).every(([key, value]) => {
    const other = right?.[key]
    return value === undefined || other === undefined || identity(value) === identity(other)
  })
}
