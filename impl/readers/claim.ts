import type { Machine } from '../machine.js'
import { HELD, KICK, KIND, PUBLISHED, TAKEN, THREAD, FREE as UNUSED, WAITING } from '../threads/control.js'
import { Reader } from './reader.js'

/** Another thread has claimed the vCPU, and neither it nor `Vm.releaseVcpu` has released it. Nothing has happened. */
export class VcpuTaken extends Error {
  override readonly name = 'VcpuTaken'
  readonly vcpu: number
  /** The number of that thread (`Vm.owner`, `Vcpu.owner`). */
  readonly owner: number
  constructor(vcpu: number, owner: number) {
    super(
      `vCPU ${vcpu} is in the hands of thread ${owner}; Vcpu.close, Vm.releaseVcpu or Vm.recover lets go of it`,
    )
    this.vcpu = vcpu
    this.owner = owner
  }
}

/** Claims vCPU `id` for this thread. @throws RangeError if there is none @throws VcpuTaken */
export function claimVcpu(machine: Machine, id: number): Reader {
  const { control } = machine
  const index = control.vcpuReader(id)
  if (index < 0) throw new RangeError(`there is no vCPU ${id}`)
  const taken = control.readerAt(index) + TAKEN
  const owner = Atomics.compareExchange(control.words, taken, 0, machine.owner)
  if (owner !== 0) throw new VcpuTaken(id, owner)
  return readerOf(machine, index)
}

/** A reader for the accesses that this thread makes without a vCPU. Under the lock. @throws TooManyReaders */
export function addThread(machine: Machine): Reader {
  return readerOf(machine, machine.control.addReader(THREAD, 0, machine.owner))
}

/** Ends whatever reader `index` holds or waits for; another thread may claim it. */
export function release({ control }: Machine, index: number): void {
  const { words } = control
  const at = control.readerAt(index)
  const isThread = Atomics.load(words, at + KIND) === THREAD
  // In this order: once TAKEN is 0, or a thread's reader is unused, another thread may have it.
  for (const word of [HELD, WAITING, KICK, TAKEN]) Atomics.store(words, at + word, 0)
  if (isThread) Atomics.store(words, at + KIND, UNUSED)
  Atomics.notify(words, at + WAITING)
}

/** Releases every reader that thread `owner`, which has died, has claimed. */
export function releaseAll(machine: Machine, owner: number): void {
  const { control } = machine
  control.renew()
  for (let index = 0; index < control.readers; index++) {
    if (Atomics.load(control.words, control.readerAt(index) + TAKEN) === owner) release(machine, index)
  }
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
  return new Reader(machine.control, index, machine.owner, () => machine.blockedFrames, machine.patience)
}
