import * as t from 'io-ts'
import type { Operation } from '../../spec/terms/operation.js'
import { closed } from './closed.js'
import { type Config, ConfigCodec } from './config.js'
import { OperationCodec } from './operation.js'
import { natural, oneOf } from './scalars.js'

/** The operations of one thread, in order. */
export interface Thread {
  readonly tid: number
  readonly ops: readonly Operation[]
}

/** Where a thread can be stopped in the middle of an operation: four points of an update, three of an access. */
export const POINTS = [
  'blocked',
  'drained',
  'published',
  'settled',
  'translated',
  'stored',
  'marked',
] as const
export type Point = (typeof POINTS)[number]

/** A turn of a thread that ends at a point of the operation that it is in, or of its next one. */
export interface UpTo {
  readonly tid: number
  readonly until: Point
}

/**
 * The threads by `tid`, in the order in which each runs its next operation, or what is left of the one it is in; or
 * `concurrent`: all at the same time, from a barrier on.
 */
export type Schedule = readonly (number | UpTo)[] | 'concurrent'

/** Whether threads of a program may be in an operation at the same time. */
export const isConcurrent = ({ schedule }: Program): boolean =>
  schedule === 'concurrent' || (schedule ?? []).some(turn => typeof turn !== 'number')

/** Operations for a VM, by thread. Without a schedule the threads run one after the other. */
export interface Program {
  readonly config: Config
  readonly threads: readonly Thread[]
  readonly schedule?: Schedule
}

const UpToCodec = closed('turn', { tid: natural(), until: oneOf(...POINTS) })

/** A program as JSON. */
export const ProgramCodec: t.Type<Program, Record<string, unknown>, unknown> = closed(
  'program',
  {
    config: ConfigCodec,
    threads: t.readonlyArray(closed('thread', { tid: natural(), ops: t.readonlyArray(OperationCodec) })),
  },
  { schedule: t.union([t.literal('concurrent'), t.readonlyArray(t.union([natural(), UpToCodec]))]) },
)

/** The program of one thread, number 0. */
export const programOf = (ops: readonly Operation[], config: Config = {}): Program => ({
  config,
  threads: [{ tid: 0, ops }],
})

/**
 * The operations in the order in which they run, each with its thread: first as scheduled, then what is left of each
 * thread. An entry of the schedule for a thread with nothing left to do is skipped. Where the threads run concurrently
 * there is no order across them, and this is one of many.
 */
export const inOrder = (
  program: Program,
): readonly { readonly tid: number; readonly operation: Operation }[] => {
  const { threads, schedule } = program
  const left = new Map(
    threads.map(({ tid, ops }) => [tid, ops.map(operation => ({ tid, operation })).values()]),
  )
  const turns = isConcurrent(program) ? [] : ((schedule ?? []) as readonly number[])
  const scheduled = turns.flatMap(tid => left.get(tid)?.next().value ?? [])
  return [...scheduled, ...[...left.values()].flatMap(rest => [...rest])]
}
