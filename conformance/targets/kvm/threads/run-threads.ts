import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import type { Program } from '../../../../oracle/wire/program.js'
import type { TraceRecord } from '../../../../oracle/wire/record.js'
import type { Operation } from '../../../../spec/terms/operation.js'
import type { Seen } from '../../../../spec/terms/result.js'
import { endOf, startOf } from '../../in-process.js'
import { TargetFailure, TargetRefusal } from '../../target-error.js'
import { heard, waitingThreads } from '../../waiting-threads.js'
import { allowedCpus, pinTo } from '../affinity.js'
import { asModel, type GuestVm } from '../guest/guest-vm.js'
import { isMadeAtOnce, MODEL, ownMode, type PhysicalOperation } from '../guest/physical.js'
import { noteLoaded } from '../guest/rootless.js'
import { showGigabyte } from '../guest/stub.js'
import { refuse } from '../refusal.js'
import {
  boardOf,
  type FromThread,
  GO,
  READY,
  STOP,
  type ThreadJob,
  type Timed,
  timed,
  type VcpuHandle,
} from './job.js'

const file = fileURLToPath(new URL('./thread.js', import.meta.url))

/** Whether there are threads for vCPUs: they run compiled files. */
export const hasThreads = (): boolean => existsSync(file)

const waiting = waitingThreads(file)

const isAccess = (o: Operation): o is PhysicalOperation =>
  o.op === 'read' || o.op === 'write' || o.op === 'rmw' || o.op === 'fetch'

interface Parts {
  /** The thread that makes calls; null where none does. */
  readonly caller: Program['threads'][number] | null
  readonly accessing: readonly { readonly tid: number; readonly ops: readonly PhysicalOperation[] }[]
}

/** Calls are made by one thread, this one, and accesses by threads of their own. */
const partsOf = ({ threads }: Program): Parts => {
  const calling = threads.filter(({ ops }) => ops.some(o => !isAccess(o)))
  const [caller = null, second] = calling
  if (second !== undefined || caller?.ops.some(isAccess) === true)
    throw refuse({ kind: 'threads', because: 'one makes all calls, and no access' })
  const accessing = threads
    .filter(thread => thread !== caller)
    .map(({ tid, ops }) => ({ tid, ops: ops.filter(isAccess) }))
  for (const { ops } of accessing)
    for (const o of ops) {
      if (o.by === 'emulator') throw refuse({ kind: 'other-path', by: 'hardware' })
      if (!isMadeAtOnce(o))
        throw refuse({
          kind: 'threads',
          because: `none makes such a ${o.op}: its code would have to be put there for it alone`,
        })
    }
  return { caller, accessing }
}

const handlesOf = (guest: GuestVm, ops: readonly PhysicalOperation[]): readonly VcpuHandle[] =>
  [...new Set(ops.map(({ vcpu }) => vcpu))].map(id => {
    const vcpu = guest.vcpus.get(id)
    if (vcpu === undefined) throw refuse({ kind: 'no-vcpu', vcpu: id })
    const processor = asModel(guest, vcpu, MODEL)
    const place = guest.kit.runPages[[...guest.loaded.keys()].indexOf(processor)]
    guest.loaded.set(processor, null)
    noteLoaded(guest, processor, ownMode(guest))
    processor.spokeFrom = null
    return { id, fd: processor.fd, runAddress: place?.address ?? 0, smm: processor.smm }
  })

const jobsOf = (guest: GuestVm, { accessing }: Parts, board: SharedArrayBuffer): readonly ThreadJob[] => {
  const { kit, room, shown } = guest
  const [, ...others] = allowedCpus()
  return accessing.map(({ ops }, i) => {
    for (const { gfn } of ops) {
      const gpa = BigInt(gfn) << 12n
      if (!showGigabyte(kit.stub, room.stubGpa, gpa, shown)) throw refuse({ kind: 'too-far', gpa })
    }
    return {
      operations: ops,
      vcpus: handlesOf(guest, ops),
      runBytes: kit.runBytes,
      stubAddress: kit.stubAddress,
      room,
      cpu: others[i % Math.max(1, others.length)] ?? allowedCpus()[0] ?? 0,
      board,
    }
  })
}

const recordsOf = (
  threads: readonly { readonly tid: number; readonly timed: readonly Timed<Operation>[] }[],
  first: number,
): readonly TraceRecord[] => {
  const at: { readonly time: number; readonly record: TraceRecord }[] = []
  let n = first
  for (const { tid, timed } of threads)
    for (const { operation, seen, from, to } of timed) {
      at.push({ time: from, record: startOf(n, tid, operation) }, { time: to, record: endOf(n, seen) })
      n++
    }
  return at.sort((a, b) => a.time - b.time).map(({ record }) => record)
}

/** Waits for every thread to be ready: they are started by then, or have ended. */
const awaitReady = async (words: Int32Array, threads: number, ended: () => boolean): Promise<void> => {
  while (Atomics.load(words, READY) < threads && !ended()) await new Promise(resolve => setImmediate(resolve))
}

/**
 * Runs the threads of a program at the same time: this one makes the calls, by `call`, and a thread for each of the others
 * its accesses. The records, numbered from `first` on.
 */
export const runThreads = async (
  guest: GuestVm,
  program: Program,
  call: (o: Operation) => Seen,
  first: number,
): Promise<readonly TraceRecord[]> => {
  const parts = partsOf(program)
  const { caller, accessing } = parts
  const board = boardOf()
  const words = new Int32Array(board)
  const jobs = jobsOf(guest, parts, board)
  const workers = jobs.map(() => waiting.take())
  let ended = 0
  const answering = Promise.all(
    jobs.map(async (job, i) => {
      const worker = workers[i] as Worker // one for each
      const answer = heard<FromThread>(worker)
      worker.postMessage(job)
      const said = await answer
      ended++
      return said
    }),
  )
  /** Those that threw have ended; the others wait for a job. */
  const giveBack = (answers: readonly FromThread[]): void =>
    waiting.give(workers.filter((_, i) => answers[i]?.kind !== 'threw'))
  await awaitReady(words, jobs.length, () => ended > 0)
  const [here] = allowedCpus()
  if (here !== undefined) pinTo(here)
  Atomics.store(words, GO, 1)
  Atomics.notify(words, GO)
  let done: readonly Timed<Operation>[] = []
  try {
    done = (caller?.ops ?? []).map(operation => timed(words, operation, call))
  } catch (error) {
    Atomics.store(words, STOP, 1)
    giveBack(await answering)
    throw error
  }
  const answers = await answering
  giveBack(answers)
  for (const answer of answers) {
    if (answer.kind === 'refused') throw new TargetRefusal(answer.why)
    if (answer.kind === 'threw') throw new TargetFailure('crashed', answer.why)
  }
  guest.isStale = true
  guest.mayKeepTables = true
  return recordsOf(
    [
      ...(caller === null ? [] : [{ tid: caller.tid, timed: done }]),
      ...answers.flatMap((answer, i) =>
        answer.kind === 'done' ? [{ tid: accessing[i]?.tid ?? 0, timed: answer.timed }] : [],
      ),
    ],
    first,
  )
}
