import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { printOperation, printSeen } from '../../../oracle/index.js'
import { printPages } from '../../../oracle/verdict/difference.js'
import type { Config } from '../../../oracle/wire/config.js'
import { counted } from '../../../spec/terms/counted.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { ofRuns } from '../../../spec/terms/page-set.js'
import type { Seen } from '../../../spec/terms/result.js'
import { allowanceOf } from '../allowed.js'
import type { Allowed } from '../case.js'
import { init, operationRows } from './c-rows.js'
import { sourceInC } from './c-source.js'
import { testRows } from './c-test.js'
import { configInC, type FieldLeft } from './config-in-c.js'
import { isOfGuests, operationsInC } from './kernel-operation.js'

/** An operation that was recorded, with its answer where it has one. */
export interface Recorded {
  readonly tid: number
  readonly operation: Operation
  readonly seen: Seen | null
}

/** What a program in C is made of. */
export interface ToReproduce {
  /** Where it comes from, in words: a file, who answered. */
  readonly from: string
  readonly config: Config
  readonly operations: readonly Recorded[]
}

/** Operations that are left out for one reason. */
interface OperationsLeft {
  readonly op: string
  readonly because: string
  readonly numbers: readonly number[]
}

/** What was recorded, in the words of what is allowed. */
const answerOf = (seen: Seen): Allowed => {
  const { is: _, ...fields } = seen
  return fields as Allowed
}

/** An answer that is allowed, in the words of one that was seen. Generations and bytes of a bitmap no call tells. */
const sayAllowed = ({ generation: _, bytes: __, maybe, ...one }: Allowed): string => {
  const seen = (
    one.errno !== undefined && one.end === undefined
      ? { is: 'error', ...one }
      : one.end !== undefined
        ? { is: 'access', ...one }
        : { is: 'ok', ...one }
  ) as Seen
  return printSeen(seen) + (maybe === undefined ? '' : ` and perhaps ${printPages(ofRuns(maybe))}`)
}

const byReason = (
  left: readonly { readonly one: Recorded & { readonly n: number }; readonly because: string }[],
): readonly OperationsLeft[] => {
  const groups = new Map<string, { op: string; because: string; numbers: number[] }>()
  for (const { one, because } of left) {
    const { op } = one.operation
    const group = groups.get(`${op} ${because}`) ?? { op, because, numbers: [] }
    group.numbers.push(one.n)
    groups.set(`${op} ${because}`, group)
  }
  return [...groups.values()]
}

const LISTED = 12

const sayLeft = ({ op, because, numbers }: OperationsLeft): string => {
  const shown = numbers.slice(0, LISTED).join(', ')
  return `${op} (${shown}${numbers.length > LISTED ? `, … ${numbers.length} of them` : ''}): ${because}`
}

/** Text for a comment of C: nothing in it ends the comment or is warned about. */
const inComment = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll('*/', '* /')
    .replaceAll('/*', '/ *')
    .replaceAll('??', '? ?')
    .replaceAll('\\', '/')

const comment = (lines: readonly string[]): string =>
  `/*\n${lines.map(line => ` * ${inComment(line)}`.trimEnd()).join('\n')}\n */\n`

const list = (head: string, items: readonly string[]): readonly string[] =>
  items.length === 0 ? [] : ['', head, ...items.map(item => `  ${item}`)]

const headOf = (
  { from, operations }: ToReproduce,
  fields: readonly FieldLeft[],
  left: readonly OperationsLeft[],
  done: number,
): string =>
  comment([
    `${done === operations.length ? 'The' : `${done} of the`} ${counted(operations.length, 'operation')} of ${from}, done again on the KVM of this machine.`,
    '',
    '    cc -O2 -static -Wall -Wextra -Werror -o reproducer reproducer.c && ./reproducer',
    '',
    'Made by `memslot replay --emit c`. Each operation is printed with what the kernel answers, what was recorded, and what',
    'the specification allows. Output is TAP: an operation is "not ok" whose answer is not allowed; one that differs from the',
    'recording, and is allowed, is said to differ. Exit status: 0 all are allowed, 1 one is not, 4 nothing was done.',
    ...(new Set(operations.map(({ tid }) => tid)).size > 1
      ? [
          '',
          'The trace has several threads: what they did is done by one, in the order in which it was begun.',
        ]
      : []),
    ...list(
      'What the header asks for that no program can have:',
      fields.map(({ field, because }) => `${field}: ${because}`),
    ),
    ...list(
      'Left out, by their numbers in the trace; what was recorded after them may differ for that:',
      left.map(sayLeft),
    ),
  ])

/** A program in C, and what of the trace is not in it. */
export interface Reproducer {
  readonly text: string
  readonly operations: number
}

/**
 * The program in C that does what was recorded on a real kernel: libc and the kernel's uapi header are all it needs. Left,
 * why there is none: nothing of it can be done there.
 */
export const reproducerOf = (recorded: ToReproduce): Either<string, Reproducer> => {
  const numbered = recorded.operations.map((one, i) => ({ ...one, n: i + 1 }))
  const { done, left: not } = operationsInC(numbered)
  const groups = byReason(not)
  if (done.length === 0)
    return left(
      groups.length === 0
        ? 'the trace has no operation'
        : `no operation of the trace can be done on a real kernel: ${groups.map(sayLeft).join('; ')}`,
    )
  const operations = done.map(({ operation }) => operation)
  const { config, left: fields } = configInC(recorded.config, operations.some(isOfGuests))
  const tests = testRows()
  const test = tests.fields('trace', config, operations)
  if (test === null)
    return left('the trace leaves no room for the slot of code that every guest of the program needs')
  const { allow, loose } = allowanceOf(config, operations)
  const rows = operationRows()
  const list = done.map(({ n, seen, operation }, i) => {
    const any = [...(allow[i] ?? []), ...(config.errors === 'loose' ? (loose[i] ?? []) : [])]
    const answer = seen === null ? null : { answer: answerOf(seen), says: printSeen(seen) }
    const says = `${n} ${printOperation(operation).replaceAll('#', '')}`
    return `\t${rows.row(operation, any, { says, recorded: answer, sayAllowed })},\n`
  })
  const text = [
    '// SPDX-License-Identifier: MIT OR GPL-2.0-only\n',
    headOf(recorded, fields, groups, done.length),
    sourceInC('memslot_calls.h'),
    `\n${rows.text()}${tests.text()}`,
    `static const struct op ops[] = {\n${list.join('')}};\n`,
    `static const struct test test = ${init({ ...test, ops: 'ops', nops: list.length })};\n\n`,
    sourceInC('memslot_replay.c'),
  ].join('')
  return right({ text, operations: done.length })
}
