import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { checker, parametersOfHeader } from '../../../oracle/check/checker.js'
import { accept, effectsOf } from '../../../oracle/effects.js'
import { readTrace } from '../../../oracle/trace.js'
import { difference } from '../../../oracle/verdict/difference.js'
import { printOperation, printResult, printSeen, printValues } from '../../../oracle/verdict/print.js'
import { renderVerdict } from '../../../oracle/verdict/render.js'
import { printInputError } from '../../../oracle/wire/decode.js'
import type { TraceRecord } from '../../../oracle/wire/record.js'
import { refuteFamily } from '../../../spec/rewrite/index.js'
import { callRelation } from '../../../spec/rules/calls.js'
import type { Cells } from '../../../spec/terms/cells.js'
import { isOfFetchPath, type Operation } from '../../../spec/terms/operation.js'
import type { Seen } from '../../../spec/terms/result.js'
import { printable } from '../../reports/printable.js'
import { edgesOf, machineStrips } from './machine-strips.js'
import type { Hindered, Lane, Moment, Story, Way } from './picture.js'

/** A record and everything that is known after it. */
interface Told {
  readonly record: TraceRecord | null
  readonly line: number
  readonly machine: Cells
  readonly possible: number
  /** Operations in progress after it, by thread. */
  readonly open: ReadonlyMap<number, Operation>
  readonly threads: readonly number[]
  readonly moved: number | null
  /** The rules that explain an answer. */
  readonly rules: readonly string[]
  readonly wrong: readonly string[]
}

const said = ({ record }: Told): string => {
  if (record === null) return 'The machine as the header has it.'
  switch (record.ev) {
    case 'call':
    case 'access':
      return `begins ${printOperation(record.operation)}`
    case 'return':
    case 'access-end':
      return `answers ${printSeen(record.seen)}`
    case 'access-wait':
      return 'waits'
    case 'choice':
      return `says of itself: ${record.what} ${String(record.value)}`
    case 'note':
      return `note: ${printable(record.text)}`
    case 'header':
      return 'the header'
    case 'end':
      return 'the end of the trace'
  }
}

const lanesOf = ({ open, threads, moved }: Told): readonly Lane[] =>
  threads.map(tid => {
    const operation = open.get(tid)
    return {
      name: `thread ${tid}`,
      is: operation === undefined ? 'between operations' : `in ${printOperation(operation)}`,
      moved: moved === tid,
    }
  })

const waysOf = ({ machine, open }: Told): readonly Way[] =>
  [...open].flatMap(([tid, operation]) =>
    effectsOf(machine, operation).map(({ rule, result }) => ({
      rule: rule.id,
      actor: `thread ${tid}`,
      says: printResult(result),
    })),
  )

/** The rules by which a machine gives an answer, in the order in which they were met; none where it does not. */
const rulesOf = (machine: Cells, operation: Operation, seen: Seen): readonly string[] => {
  const taken = effectsOf(machine, operation).find(effect => accept(effect, seen) !== null)
  return taken === undefined ? [] : [...new Set((taken.rules ?? [taken.rule]).map(({ id }) => id))]
}

const hinderedIn = ({ machine, open }: Told): readonly Hindered[] =>
  [...open].flatMap(([tid, operation]) => {
    if (isOfFetchPath(operation)) return []
    return refuteFamily(callRelation(machine.params), { ...machine, call: operation }).flatMap(answer =>
      answer.kind !== 'refuted'
        ? []
        : [
            {
              rule: answer.rule.id,
              actor: `thread ${tid}`,
              premise: `${answer.reason.mustFail === true ? 'not ' : ''}${answer.reason.premise}`,
              says: answer.reason.says,
              values: printValues(answer.reason.values),
            },
          ],
    )
  })

/** The story of a trace, record by record, judged on the way. Left: why the text is no trace. */
export const traceStory = (text: string, file: string): Either<string, Story> => {
  const trace = readTrace(text, file)
  if (isLeft(trace)) return left(printInputError(trace.left))
  const { header, lines } = trace.right
  const check = checker(parametersOfHeader(header))
  const threadOf = new Map<number, number>()
  const open = new Map<number, Operation>()
  const threads: number[] = []
  const told: Told[] = []
  let machine = check.possible()[0] as Cells // before any record there is one
  const tell = (
    record: TraceRecord | null,
    line: number,
    moved: number | null,
    wrong: readonly string[],
    rules: readonly string[],
  ) => {
    const possible = check.possible()
    machine = possible[0] ?? machine
    told.push({
      record,
      line,
      machine,
      possible: possible.length,
      open: new Map(open),
      threads,
      moved,
      rules,
      wrong,
    })
  }
  tell(null, 1, null, [], [])
  for (const { line, record } of lines) {
    let moved: number | null = null
    let rules: readonly string[] = []
    if (record.ev === 'call' || record.ev === 'access') {
      moved = record.tid
      threadOf.set(record.n, record.tid)
      open.set(record.tid, record.operation)
      if (!threads.includes(record.tid)) threads.push(record.tid)
    }
    if (record.ev === 'return' || record.ev === 'access-end') {
      moved = threadOf.get(record.of) ?? null
      const operation = moved === null ? undefined : open.get(moved)
      // Of several in progress each may have come first: then what one of them did is not known.
      if (operation !== undefined && open.size === 1) rules = rulesOf(machine, operation, record.seen)
      if (moved !== null) open.delete(moved)
    }
    const deviation = check.record(record, line)
    tell(
      record,
      line,
      moved,
      deviation === null
        ? []
        : [
            `line ${line} deviates: seen ${printSeen(deviation.seen)}, allowed ${deviation.allowed.map(printResult).join(' or ')}`,
            ...deviation.refuted
              .slice(0, 4)
              .map(
                ({ rule, reason }) =>
                  `${rule} needs ${reason.mustFail === true ? 'not ' : ''}${reason.premise}: ${reason.says}`,
              ),
          ],
      rules,
    )
  }
  const edges = edgesOf(told.map(one => one.machine))
  const at = (i: number): Told => told[Math.min(i, told.length - 1)] as Told // there is always the first
  return right({
    title: file,
    notes: renderVerdict(check.verdict(), { file }).split('\n').slice(0, 3),
    length: told.length - 1,
    moment: (i): Moment => {
      const now = at(i)
      const before = i === 0 ? null : at(i - 1)
      return {
        said: `${i === 0 ? '' : `line ${now.line}: ${now.moved === null ? '' : `thread ${now.moved} `}`}${said(now)}${now.possible > 1 ? ` (${now.possible} machines explain it so far)` : ''}`,
        rules: now.rules,
        strips: machineStrips(now.machine, edges),
        lanes: lanesOf(now),
        changed: before === null ? [] : difference(before.machine, now.machine),
        wrong: now.wrong,
      }
    },
    ways: i => waysOf(at(i)),
    hindered: i => hinderedIn(at(i)),
  })
}
