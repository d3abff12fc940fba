import * as t from 'io-ts'
import { closed } from '../../oracle/wire/closed.js'
import type { Config } from '../../oracle/wire/config.js'
import { type Program, ProgramCodec } from '../../oracle/wire/program.js'
import type { TraceRecord } from '../../oracle/wire/record.js'
import { Hex64, natural } from '../../oracle/wire/scalars.js'

/** What an implementation can do and how far it goes. */
export const HelloCodec = closed('hello', {
  name: t.string,
  version: t.string,
  protocol: t.literal(1),
  features: t.readonlyArray(t.string),
  choices: t.boolean,
  limits: closed('limits', { spaces: natural(64), slots: natural(32768), maxGfn: Hex64, entries: natural() }),
})
export type Hello = t.TypeOf<typeof HelloCodec>

/**
 * An implementation under test. A whole program at a time, so that in-process speed, subprocesses, virtual machines
 * and threads look the same.
 */
export interface Target {
  hello(): Promise<Hello>
  /** A VM with this configuration. */
  open(config: Config): Promise<Session>
}

export interface Session {
  /** Runs a program on the VM as it stands, emitting a record for everything that starts and ends. */
  run(program: Program, emit: (record: TraceRecord) => void, stop: AbortSignal): Promise<void>
  /** A fresh VM, with another configuration where one is given. */
  reset(config?: Config): Promise<void>
  close(): Promise<void>
}

export { type Config, type Program, ProgramCodec, type TraceRecord }
