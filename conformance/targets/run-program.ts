import type { Program } from '../../oracle/wire/program.js'
import type { TraceRecord } from '../../oracle/wire/record.js'
import type { Seen } from '../../spec/terms/result.js'
import { holdRecords, type Misfit } from './hold-records.js'
import type { StopSignal } from './stop-signal.js'
import type { Session } from './target.js'
import { TargetFailure, TargetRefusal } from './target-error.js'

/** Why a run did not end as it should. */
export type Trouble =
  /** The target will not do it. */
  | { readonly kind: 'refused'; readonly because: string }
  /** Its records are not those of what was asked, or are no records; after how many answers. */
  | { readonly kind: 'nonsense'; readonly because: string; readonly after: number }
  /** It gave no answer within so many milliseconds. */
  | { readonly kind: 'hung'; readonly ms: number }
  | { readonly kind: 'threw'; readonly error: unknown }

/** What came of a program. Of one that was answered with nonsense, nothing is kept. */
export interface ProgramRun {
  readonly records: readonly TraceRecord[]
  /** In the order in which the operations were asked, up to the first that has no answer. */
  readonly answers: readonly Seen[]
  readonly trouble: Trouble | null
}

export interface RunOptions {
  /** Ends the run early; then there are fewer answers than operations, and no trouble. */
  readonly stop: StopSignal
  /** What makes the VM ready, where it is not. */
  readonly prepare?: () => Promise<void>
  /** Milliseconds after which a target that gave no sign is taken for hung; the target's own limit where absent. */
  readonly limit?: number
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The trouble in plain words, to follow the name of the target. */
export const sayTrouble = (trouble: Trouble): string => {
  switch (trouble.kind) {
    case 'refused':
    case 'nonsense':
      return trouble.because
    case 'hung':
      return `hung: no answer within ${trouble.ms} ms`
    case 'threw':
      return messageOf(trouble.error)
  }
}

const HUNG = Symbol('hung')

/**
 * The promise’s value, or HUNG after so many milliseconds. Work that never gives way cannot be cut short. Work that only has
 * to be gone on with, where this process was kept from running, is.
 */
const within = <T>(work: Promise<T>, limit: number | undefined): Promise<T | typeof HUNG> =>
  limit === undefined
    ? work
    : new Promise((resolve, reject) => {
        const timer = setTimeout(() => setImmediate(() => resolve(HUNG)), limit)
        work.then(resolve, reject).finally(() => clearTimeout(timer))
      })

const sayMisfit = ({ path, found, expected }: Misfit): string =>
  `nonsense in answer to "run": ${path === '' ? '' : `${path}: `}found ${found}, expected ${expected}`

/** What a promise of a target was rejected with, as the trouble that it means; `after` so many answers. */
export const troubleOf = (error: unknown, after: number): Trouble => {
  if (error instanceof TargetRefusal) return { kind: 'refused', because: error.because }
  return error instanceof TargetFailure && error.kind === 'nonsense'
    ? { kind: 'nonsense', because: error.message, after }
    : { kind: 'threw', error }
}

/** Runs a program on a session and holds the records to it. Never rejects. */
export const runProgram = async (
  session: Session,
  program: Program,
  { stop, prepare, limit }: RunOptions,
): Promise<ProgramRun> => {
  const held = holdRecords(program)
  const records: TraceRecord[] = []
  const misfits: Misfit[] = []
  const halt = new AbortController()
  const onStop = (): void => halt.abort()
  const emit = (record: TraceRecord): void => {
    if (misfits.length > 0) return
    const misfit = held.take(record)
    if (misfit === null) records.push(record)
    else {
      misfits.push(misfit)
      halt.abort()
    }
  }
  const nonsense = (because: string): ProgramRun => ({
    records: [],
    answers: [],
    trouble: { kind: 'nonsense', because, after: held.answers().length },
  })
  if (stop.aborted) halt.abort()
  stop.addEventListener('abort', onStop)
  let trouble: Trouble | null = null
  try {
    await prepare?.()
    const ran = await within(session.run(program, emit, halt.signal), limit)
    if (ran === HUNG) trouble = { kind: 'hung', ms: limit as number } // hung only where there is a limit
  } catch (error) {
    trouble = troubleOf(error, held.answers().length)
  } finally {
    stop.removeEventListener('abort', onStop)
  }
  halt.abort() // a run that was given up must not go on beside the next
  if (trouble?.kind === 'nonsense') return nonsense(trouble.because)
  const isWhole = trouble === null && !stop.aborted
  const misfit = misfits[0] ?? (isWhole ? held.missing() : null)
  return misfit === null ? { records, answers: held.answers(), trouble } : nonsense(sayMisfit(misfit))
}
