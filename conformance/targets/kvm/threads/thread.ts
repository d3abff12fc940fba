/** A thread that makes accesses of vCPUs while another one changes slots. */
import { parentPort } from 'node:worker_threads'
import { isLeft } from 'fp-ts/lib/Either.js'
import { TargetRefusal } from '../../target-error.js'
import { pinTo } from '../affinity.js'
import { openDeviceNow } from '../device.js'
import type { Entering } from '../guest/enter.js'
import { STUB_BYTES } from '../guest/layout.js'
import { fetchNumber, MODEL, move, type PhysicalOperation } from '../guest/physical.js'
import { complete, type Vcpu } from '../guest/vcpu.js'
import { sayUnavailable } from '../refusal.js'
import { type FromThread, GO, READY, STOP, type ThreadJob, type Timed, timed } from './job.js'

const opened = openDeviceNow()
if (isLeft(opened)) throw new Error(sayUnavailable(opened.left))
const device = opened.right
const { kernel } = device

/** How often a guest that is running is looked at. */
const LOOK_EVERY_MS = 100

const vcpusOf = ({ vcpus, runBytes }: ThreadJob): ReadonlyMap<number, Vcpu> =>
  new Map(
    vcpus.map(({ id, fd, runAddress, smm }) => {
      const run = new DataView(kernel.view(runAddress, runBytes))
      return [id, { fd, run, model: MODEL, smm, spokeFrom: null }]
    }),
  )

const take = (job: ThreadJob): readonly Timed<PhysicalOperation>[] => {
  const words = new Int32Array(job.board)
  const vcpus = vcpusOf(job)
  const stub = new Uint8Array(kernel.view(job.stubAddress, STUB_BYTES))
  const guest: Entering = {
    ...{ device, room: job.room, kit: { stub } },
    ...{ loaded: new Map(), rootless: new Map(), mayKeepTables: true },
  }
  const perform = (o: PhysicalOperation) => {
    const vcpu = vcpus.get(o.vcpu) as Vcpu // each was created, which is seen to before
    const gpa = BigInt(o.gfn * 4096 + o.offset)
    return o.op === 'fetch' ? fetchNumber(guest, vcpu, gpa) : move(guest, vcpu, gpa, o)
  }
  pinTo(job.cpu)
  kernel.guests().interruptEvery(LOOK_EVERY_MS)
  try {
    Atomics.add(words, READY, 1)
    Atomics.notify(words, READY)
    Atomics.wait(words, GO, 0)
    const done: Timed<PhysicalOperation>[] = []
    for (const operation of job.operations) {
      if (Atomics.load(words, STOP) !== 0) break
      done.push(timed(words, operation, perform))
    }
    return done
  } finally {
    kernel.guests().interruptEvery(0)
    // What went out to userspace completes here, and is no part of what the vCPU does next.
    for (const vcpu of vcpus.values()) complete(device, vcpu)
    kernel.guests().drain()
  }
}

const answer = (job: ThreadJob): FromThread => {
  try {
    return { kind: 'done', timed: take(job) }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { kind: error instanceof TargetRefusal ? 'refused' : 'threw', why }
  }
}

parentPort?.on('message', (job: ThreadJob) => parentPort?.postMessage(answer(job)))
