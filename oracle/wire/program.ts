import * as t from 'io-ts'
import type { Operation } from '../../spec/terms/operation.js'
import { closed } from './closed.js'
import { type Config, ConfigCodec } from './config.js'
import { OperationCodec } from './operation.js'
import { natural } from './scalars.js'

export interface Thread {
  readonly tid: number
  readonly ops: readonly Operation[]
}

/** What to do to a fresh VM: operations per thread, and in which order the threads take turns (else one after another). */
export interface Program {
  readonly config: Config
  readonly threads: readonly Thread[]
  readonly schedule?: readonly number[]
}

export const ProgramCodec: t.Type<Program, Record<string, unknown>, unknown> = closed(
  'program',
  {
    config: ConfigCodec,
    threads: t.readonlyArray(closed('thread', { tid: natural(), ops: t.readonlyArray(OperationCodec) })),
  },
  { schedule: t.readonlyArray(natural()) },
)

export const programOf = (ops: readonly Operation[], config: Config = {}): Program => ({
  config,
  threads: [{ tid: 0, ops }],
})

/** The operations in the order in which the schedule runs them, each with its thread. */
export const inOrder = (
  program: Program,
): readonly { readonly tid: number; readonly operation: Operation }[] => {
  const { threads, schedule } = program
  const left = new Map(threads.map(({ tid, ops }) => [tid, ops.map(operation => ({ tid, operation }))]))
  const turns = (schedule ?? []).flatMap(tid => left.get(tid)?.splice(0, 1) ?? [])
  return [...turns, ...[...left.values()].flat()]
}
