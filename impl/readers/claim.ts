import type { Machine } from '../machine.js'
import { HELD, KICK, KIND, PUBLISHED, TAKEN, THREAD, FREE as UNUSED, WAITING } from '../threads/control.js'
import { Reader } from './reader.js'

/** Another thread has claimed the vCPU, and neither it nor `Vm.releaseVcpu` has released it. Nothing has happened. */
export class VcpuTaken extends Error {
  override readonly name = 'VcpuTaken'
  readonly vcpu: number
  constructor(vcpu: number) {
    super(`vCPU ${vcpu} is in another thread's hands; Vcpu.close or Vm.releaseVcpu lets go of it`)
    this.vcpu = vcpu
  }
}

/** Claims vCPU `id` for this thread. @throws RangeError if there is none @throws VcpuTaken */
export function claimVcpu(machine: Machine, id: number): Reader {
  const { control } = machine
  const index = control.vcpuReader(id)
  if (index < 0) throw new RangeError(`there is no vCPU ${id}`)
  if (Atomics.compareExchange(control.words, control.readerAt(index) + TAKEN, 0, 1) !== 0) {
    throw new VcpuTaken(id)
  }
  return readerOf(machine, index)
}

/** A reader for the accesses that this thread makes without a vCPU. Under the lock. @throws TooManyReaders */
export function addThread(machine: Machine): Reader {
  return readerOf(machine, machine.control.addReader(THREAD, 0))
}

/** Ends whatever reader `index` holds or waits for; another thread may claim it. */
export function release({ control }: Machine, index: number): void {
  const { words } = control
  const at = control.readerAt(index)
  for (const word of [HELD, WAITING, KICK, TAKEN]) Atomics.store(words, at + word, 0)
  if (Atomics.load(words, at + KIND) === THREAD) Atomics.store(words, at + KIND, UNUSED)
  Atomics.notify(words, at + WAITING)
}

/** Makes an access that waits for a blocked page end as abandoned; does nothing if none waits. */
export function kick({ control }: Machine, index: number): void {
  const { words } = control
  const at = control.readerAt(index)
  const waiting = Atomics.load(words, at + WAITING)
  if (waiting === 0) return
  Atomics.store(words, at + KICK, 1)
  Atomics.notify(words, control.spaceAt(waiting - 1) + PUBLISHED)
}

function readerOf(machine: Machine, index: number): Reader {
  return new Reader(machine.control, index, () => machine.blockedFrames, machine.patience)
}
