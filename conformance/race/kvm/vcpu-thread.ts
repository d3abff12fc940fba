/** The thread of a vCPU: it enters the guest again and again, and counts what made it leave. */
import { parentPort } from 'node:worker_threads'
import { pinTo } from '../../targets/kvm/affinity.js'
import { GUEST_IOCTL } from '../../targets/kvm/constants.js'
import { errnoName } from '../../targets/kvm/errno.js'
import { PORT } from '../../targets/kvm/guest/code.js'
import { type Exit, exitOf, setImmediateExit } from '../../targets/kvm/guest/exit.js'
import { loadKernel } from '../../targets/kvm/ioctl.js'
import { SEEN, STOP, type VcpuJob, type VcpuReport } from './thread-messages.js'

const EINTR = 4
/** Vectors that have a name among outcomes. */
const EXCEPTIONS: Readonly<Record<number, string>> = { 6: 'invalid opcode', 14: 'page fault' }
/** How often the thread looks whether it is to stop. */
const LOOK_EVERY_MS = 5
const ARGUMENT_BYTES = 4096

const kernel = await loadKernel()
const guests = kernel.guests()
const argument = kernel.map(ARGUMENT_BYTES)
const bytes = new Uint8Array(kernel.view(argument, ARGUMENT_BYTES))

const load = ({ vcpu, system, general }: VcpuJob): void => {
  for (const [request, image] of [
    [GUEST_IOCTL.setSregs, system],
    [GUEST_IOCTL.setRegs, general],
  ] as const) {
    bytes.set(image)
    kernel.ioctl(vcpu, request, argument)
  }
}

/** The outcome in words, and whether the loop goes on from there. */
const outcomeOf = (exit: Exit): readonly [says: string, goesOn: boolean] => {
  switch (exit.kind) {
    case 'mmio':
      return ['mmio', true]
    case 'internal error':
      return [exit.suberror === 1 ? 'failed fetch' : `internal error ${exit.suberror}`, true]
    case 'port':
      if (exit.port !== PORT.exception) return [`port ${exit.port}`, false]
      return [EXCEPTIONS[exit.value] ?? `exception ${exit.value}`, false]
    case 'failed':
      return [`KVM_RUN failed with ${errnoName(exit.errno)}`, false]
    case 'other':
      return [`exit ${exit.reason}`, false]
    case 'halted':
    case 'shutdown':
    case 'never':
      return [exit.kind, false]
  }
}

const race = (job: VcpuJob): VcpuReport => {
  const { vcpu, board } = job
  const words = new Int32Array(board)
  const run = new DataView(kernel.view(job.runAddress, job.runBytes))
  const outcomes: Record<string, number> = {}
  pinTo(job.cpu)
  load(job)
  guests.interruptEvery(LOOK_EVERY_MS)
  while (Atomics.load(words, STOP) === 0) {
    const result = guests.enter(vcpu)
    if (result === -EINTR) {
      guests.drain()
      continue
    }
    const [says, goesOn] = outcomeOf(result < 0 ? { kind: 'failed', errno: -result } : exitOf(run))
    outcomes[says] = (outcomes[says] ?? 0) + 1
    Atomics.add(words, SEEN, 1)
    if (!goesOn) load(job)
  }
  guests.interruptEvery(0)
  guests.drain()
  // What went out as MMIO completes here, and is no part of what this vCPU does next.
  setImmediateExit(run, true)
  guests.enter(vcpu)
  return { outcomes }
}

parentPort?.on('message', (job: VcpuJob) => parentPort?.postMessage(race(job)))
parentPort?.postMessage('ready')
