import type { Config } from '../../oracle/wire/config.js'
import { inOrder, isConcurrent, type Program } from '../../oracle/wire/program.js'
import type { TraceRecord } from '../../oracle/wire/record.js'
import { isAccess, type Operation } from '../../spec/terms/operation.js'
import type { Seen } from '../../spec/terms/result.js'
import { giveWay, pacing } from '../give-way.js'
import type { Hello, Session, Target } from './target.js'
import { TargetRefusal } from './target-error.js'

/** A VM in this process that answers one operation after the other, each before the next is asked. */
export interface Answering {
  /** The answer to one operation. What it throws is a fault of the target, and ends the case. */
  perform(operation: Operation): Seen
  /**
   * Runs the threads of a program at the same time, and numbers the records of their operations from `first` on. Where it
   * is absent the target does not claim `threads`.
   */
  concurrently?(program: Program, first: number): Promise<readonly TraceRecord[]>
  /** Frees what the VM holds. Nothing is asked of it any more. */
  close?(): void
}

/** A target in this process. The suite asks it directly, without records or promises: ten thousand cases take seconds. */
export interface InProcess extends Target {
  readonly now: { readonly hello: Hello; open(config: Config): Answering }
}

/** The record of an operation that begins, numbered `n` on thread `tid`. */
export const startOf = (n: number, tid: number, operation: Operation): TraceRecord =>
  isAccess(operation) ? { ev: 'access', n, tid, operation } : { ev: 'call', n, tid, operation }

/** The record of its end. */
export const endOf = (of: number, seen: Seen): TraceRecord =>
  seen.is === 'access' ? { ev: 'access-end', of, seen } : { ev: 'return', of, seen }

/** The two records of an operation that was answered at once: its start, numbered `n` on thread `tid`, and its end. */
export const recordsOf = (
  n: number,
  tid: number,
  operation: Operation,
  seen: Seen,
): readonly TraceRecord[] => [startOf(n, tid, operation), endOf(n, seen)]

/**
 * Makes a target of a way to open VMs in this process. `open` is called for every case, so it should be cheap; each VM is
 * closed when the case is over.
 *
 * @example
 * const target = inProcess(hello, config => {
 *   const vm = new MyVm(config)
 *   return { perform: operation => vm.answer(operation), close: () => vm.free() }
 * })
 */
export const inProcess = (hello: Hello, open: (config: Config) => Answering): InProcess => ({
  now: { hello, open },
  hello: async () => hello,
  open: async first => {
    let config = first
    let vm = open(config)
    let n = 0
    const session: Session = {
      run: async (program, emit, stop) => {
        if (isConcurrent(program)) {
          if (vm.concurrently === undefined)
            throw new TargetRefusal('its threads do not run at the same time')
          const records = await vm.concurrently(program, n + 1)
          n += program.threads.reduce((sum, { ops }) => sum + ops.length, 0)
          for (const record of records) emit(record)
          return
        }
        const isDue = pacing()
        for (const { tid, operation } of inOrder(program)) {
          if (isDue()) await giveWay()
          if (stop.aborted) return
          for (const record of recordsOf(++n, tid, operation, vm.perform(operation))) emit(record)
        }
      },
      reset: async next => {
        config = next ?? config
        vm.close?.()
        vm = open(config)
      },
      close: async () => vm.close?.(),
    }
    return session
  },
})

/** Whether a target was made by `inProcess`. */
export const isInProcess = (target: Target): target is InProcess => 'now' in target
