import { match } from 'ts-pattern'
import type { Config } from '../../oracle/wire/config.js'
import { programOf } from '../../oracle/wire/program.js'
import { SeenCodec } from '../../oracle/wire/seen.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { runProgram, type Trouble } from '../targets/run-program.js'
import type { Session, Target } from '../targets/target.js'
import { configFor, type Stage } from './world.js'

/** Why a target did not answer everything it was asked. */
export type Fault =
  | { readonly kind: 'threw'; readonly message: string; readonly opening: boolean }
  | { readonly kind: 'hung'; readonly after: number }
  /** Records that are not those of what was asked; after how many answers. */
  | { readonly kind: 'nonsense'; readonly message: string; readonly after: number }

/** What a run gave: the answers in the order asked, and a fault where there are fewer of them. */
export interface Ran {
  readonly answers: readonly Seen[]
  readonly fault: Fault | null
  /** Why the target would not go on, which says nothing of its conformance; what was answered before counts. */
  readonly refused?: string
  /** The operations as the target says that it did them, which may be more exactly than they were asked for. */
  readonly performed?: readonly Operation[]
}

/** Runs sequences one after the other, each on a fresh VM. */
export interface Runner {
  /** Null where the run was stopped from outside. */
  run(config: Config, ops: readonly Operation[]): Promise<Ran | null>
  /** The next run gets a VM that was opened for it: in the process there is, or else in a session of its own. */
  renew(): Promise<void>
  close(): Promise<void>
}

export const describeFault = (fault: Fault): string =>
  match(fault)
    .with(
      { kind: 'threw' },
      ({ opening, message }) => `the target threw${opening ? ' when a VM was asked for' : ''}: ${message}`,
    )
    .with({ kind: 'hung' }, ({ after }) => `the target did not answer within ${after} ms`)
    .with({ kind: 'nonsense' }, ({ message }) => `the target: ${message}`)
    .exhaustive()

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : String(error)

const faultOf = (trouble: Exclude<Trouble, { kind: 'refused' }>): Fault => {
  switch (trouble.kind) {
    case 'nonsense':
      return { kind: 'nonsense', message: trouble.because, after: trouble.after }
    case 'hung':
      return { kind: 'hung', after: trouble.ms }
    case 'threw':
      return { kind: 'threw', message: messageOf(trouble.error), opening: false }
  }
}

const canBeWritten = (answer: Seen): boolean => {
  try {
    return JSON.stringify(SeenCodec.encode(answer)) !== undefined
  } catch {
    return false
  }
}

/** A runner on a target. A session that threw or hung is given up, and a fresh one opened. */
export const runnerOf = (target: Target, stage: Stage, limit: number, stop: AbortSignal): Runner => {
  let session: Session | null = null
  let isStale = false // the next run wants a VM that was not reset

  const leave = (left: Session): void => {
    session = null
    // An error while a broken session closes says nothing new.
    left.close().catch(() => {})
  }
  const ready = async (config: Config): Promise<Session> => {
    const anew = isStale
    isStale = false
    if (session !== null && anew && session.open !== undefined) {
      await session.open(config)
    } else if (session === null || anew) {
      if (session !== null) leave(session)
      session = await target.open(config)
    } else {
      await session.reset(config)
    }
    return session
  }
  const given = (answers: readonly Seen[], fault: Fault | null): Ran => {
    if (fault !== null && session !== null) leave(session)
    return { answers, fault }
  }
  return {
    run: async (config, ops) => {
      if (stop.aborted) return null
      const asked = configFor(stage, config)
      let opened: Session
      try {
        opened = await ready(asked)
      } catch (error) {
        return given([], { kind: 'threw', message: messageOf(error), opening: true })
      }
      const program = programOf(ops, asked)
      const { answers, records, trouble } = await runProgram(opened, program, { stop, limit })
      if (stop.aborted && answers.length < ops.length) return null
      // In this process an answer may be anything at all.
      const after = answers.findIndex(answer => !canBeWritten(answer))
      if (after >= 0)
        return given([], { kind: 'nonsense', message: 'nonsense: an answer that is none', after })
      const performed = records.flatMap(r => (r.ev === 'call' || r.ev === 'access' ? [r.operation] : []))
      if (trouble?.kind === 'refused') return { answers, fault: null, refused: trouble.because, performed }
      return { ...given(answers, trouble === null ? null : faultOf(trouble)), performed }
    },
    renew: async () => {
      isStale = true
    },
    close: async () => {
      const last = session
      session = null
      await last?.close().catch(() => {})
    },
  }
}
