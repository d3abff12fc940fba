import { match } from 'ts-pattern'
import type { Config } from '../../oracle/wire/config.js'
import { programOf } from '../../oracle/wire/program.js'
import type { TraceRecord } from '../../oracle/wire/record.js'
import type { Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import type { Session, Target } from '../targets/target.js'
import { configFor, type Stage } from './world.js'

/** Why a target did not answer everything it was asked. */
export type Fault =
  | { readonly kind: 'threw'; readonly message: string; readonly opening: boolean }
  | { readonly kind: 'hung'; readonly after: number }
  | { readonly kind: 'stopped short' }
  | { readonly kind: 'out of order' }

/** What a run gave: the answers in the order asked, and a fault where there are fewer of them. */
export interface Ran {
  readonly answers: readonly Seen[]
  readonly fault: Fault | null
}

/** Runs sequences one after the other, each on a fresh VM. */
export interface Runner {
  /** Null where the run was stopped from outside. */
  run(config: Config, ops: readonly Operation[]): Promise<Ran | null>
  /** The next run gets a session of its own. */
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
    .with({ kind: 'stopped short' }, () => 'the target ended the run without an answer')
    .with({ kind: 'out of order' }, () => 'the target’s records are not those of the operations it was asked')
    .exhaustive()

/** Takes the records of a run on one thread: each operation begins and ends before the next. */
const collecting = (ops: readonly Operation[]) => {
  const answers: Seen[] = []
  let open: number | null = null
  let disordered = false
  const emit = (record: TraceRecord): void => {
    switch (record.ev) {
      case 'call':
      case 'access':
        disordered ||= open !== null || record.operation.op !== ops[answers.length]?.op
        open = record.n
        return
      case 'return':
      case 'access-end':
        disordered ||= open !== record.of
        open = null
        if (!disordered) answers.push(record.seen)
        return
      case 'header':
      case 'access-wait':
      case 'choice':
      case 'note':
      case 'end':
        return
    }
  }
  return { answers, emit, disordered: () => disordered }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message.split('\n')[0]}` : String(error)

const HUNG = Symbol('hung')

/** The promise’s value, or HUNG after so many milliseconds. Work that never gives way cannot be cut short. */
const within = <T>(work: Promise<T>, limit: number): Promise<T | typeof HUNG> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(HUNG), limit)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })

/** A runner on a target. A session that threw or hung is given up, and a fresh one opened. */
export const runnerOf = (target: Target, stage: Stage, limit: number, stop: AbortSignal): Runner => {
  let session: Session | null = null
  // One for each session: a run that was given up must not go on beside the next.
  let halt = new AbortController()
  const onStop = () => halt.abort()
  stop.addEventListener('abort', onStop)

  const leave = (left: Session): void => {
    session = null
    // An error while a broken session closes says nothing new.
    left.close().catch(() => {})
  }
  const ready = async (config: Config): Promise<Session> => {
    if (session === null) {
      session = await target.open(config)
    } else {
      await session.reset(config)
    }
    return session
  }
  return {
    run: async (config, ops) => {
      const { answers, emit, disordered } = collecting(ops)
      if (stop.aborted) return null
      const asked = configFor(stage, config)
      let opening = true
      const work = async () => {
        const opened = await ready(asked)
        opening = false
        await opened.run(programOf(ops, asked), emit, halt.signal)
      }
      let fault: Fault | null = null
      try {
        if ((await within(work(), limit)) === HUNG) fault = { kind: 'hung', after: limit }
      } catch (error) {
        fault = { kind: 'threw', message: messageOf(error), opening }
      }
      if (stop.aborted && answers.length < ops.length) return null
      if (disordered()) fault = { kind: 'out of order' }
      else if (fault === null && answers.length < ops.length) fault = { kind: 'stopped short' }
      if (fault !== null) {
        halt.abort()
        halt = new AbortController()
        if (session !== null) leave(session)
      }
      return { answers, fault }
    },
    renew: async () => {
      if (session !== null) leave(session)
    },
    close: async () => {
      stop.removeEventListener('abort', onStop)
      const last = session
      session = null
      await last?.close().catch(() => {})
    },
  }
}
