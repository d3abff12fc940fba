import * as t from 'io-ts'
import { closed, together } from '../../oracle/wire/closed.js'
import { type Config, ConfigCodec } from '../../oracle/wire/config.js'
import { impossibleIn } from '../../oracle/wire/impossible.js'
import { type Program, ProgramCodec } from '../../oracle/wire/program.js'
import type { TraceRecord } from '../../oracle/wire/record.js'
import { Hex64, natural, oneOf, text } from '../../oracle/wire/scalars.js'
import { KERNEL_NAMES } from '../../spec/terms/kernels.js'
import type { StopSignal } from './stop-signal.js'

const FieldsCodec = closed(
  'hello',
  {
    name: text(200),
    version: text(200),
    protocol: t.literal(1),
    features: t.readonlyArray(t.string),
    choices: t.boolean,
    limits: closed(
      'limits',
      { spaces: natural(64), slots: natural(32768), maxGfn: Hex64, entries: natural() },
      { ringReserved: natural() },
    ),
  },
  {
    kernel: oneOf(...KERNEL_NAMES),
    /** What its VMs are, whatever is asked for: a real kernel is what it is. */
    vm: ConfigCodec,
    /** How its guests can have addresses translated; absent: every way. */
    paging: t.readonlyArray(oneOf('none', '32-bit', 'pae', '4-level', '5-level')),
    /** Why it does not claim a feature, by the feature's name, or does no operation of a kind (`op`) though it claims the feature. */
    lacks: t.record(t.string, text(200)),
  },
)
/** What an implementation is, can do, and how far it goes; `conformance/PROTOCOL.md` explains the fields. */
export const HelloCodec = together(FieldsCodec, ({ kernel, vm }) => {
  const wrong = vm === undefined ? null : impossibleIn({ ...(kernel === undefined ? {} : { kernel }), ...vm })
  return wrong === null ? null : { ...wrong, path: ['vm', wrong.field] }
})
export type Hello = t.TypeOf<typeof HelloCodec>

/**
 * An implementation under test. It is given a whole program at a time, so that targets in this process, in another
 * process, in a virtual machine and with threads look the same. What a promise is rejected with is a `TargetRefusal`
 * where the target will not do it, and a `TargetFailure` where it owed an answer; any other error counts as a failure.
 */
export interface Target {
  /** Said by the specification itself, of which the explorer judges atomicity. */
  readonly atomicity?: 'explorer'
  /** What it is and can do. The answer does not change. */
  hello(): Promise<Hello>
  /** A VM with this configuration. */
  open(config: Config): Promise<Session>
  /** How many sessions of it may be asked at the same time, each in a process of its own; absent: one. */
  readonly sessions?: number
}

/** One VM of a target at a time. */
export interface Session {
  /**
   * Runs a program on the VM as it stands, emitting a record for everything that starts and ends, when it does. Resolves
   * early, without an error, where `stop` is aborted.
   */
  run(program: Program, emit: (record: TraceRecord) => void, stop: StopSignal): Promise<void>
  /** A fresh VM, with another configuration where one is given. */
  reset(config?: Config): Promise<void>
  /**
   * Another VM, made as the first one was: in the process that there is. Where it is absent, only a session of its own
   * gives a VM that was not reset.
   */
  open?(config: Config): Promise<void>
  /** The VM is no longer needed, and nothing more is asked of the session. */
  close(): Promise<void>
}

export { type Config, type Program, ProgramCodec, type TraceRecord }
