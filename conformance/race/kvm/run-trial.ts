import { once } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { u64 } from '../../../spec/terms/numbers.js'
import type { SetCall } from '../../../spec/terms/operation.js'
import { IOCTL } from '../../targets/kvm/constants.js'
import type { Device } from '../../targets/kvm/device.js'
import { errnoName } from '../../targets/kvm/errno.js'
import {
  asModel,
  closeVcpus,
  createVcpu,
  type GuestVm,
  prepareGuests,
} from '../../targets/kvm/guest/guest-vm.js'
import { giveKit, takeKit } from '../../targets/kvm/guest/kit.js'
import type { GuestAbilities } from '../../targets/kvm/guest/paths.js'
import { MODEL } from '../../targets/kvm/guest/physical.js'
import { roomFor } from '../../targets/kvm/guest/room.js'
import { writeRegion } from '../../targets/kvm/layout.js'
import { refuse } from '../../targets/kvm/refusal.js'
import { openVm } from '../../targets/kvm/vm.js'
import type { Access, Path } from '../access.js'
import { callsOf, type Edit, setCallOf } from '../edit.js'
import { MIN_EDITS } from '../judge.js'
import type { TrialRecord } from '../record.js'
import { PLACES, prepareRace } from './guest.js'
import type { Way } from './paths.js'
import { SEEN, STOP, type VcpuJob, type VcpuReport } from './thread-messages.js'

export interface Racing {
  readonly device: Device
  readonly guests: GuestAbilities
  readonly vcpuThread: Worker
  /** The processor of the vCPU. */
  readonly cpu: number
}

export interface Trial {
  readonly edit: Edit
  readonly access: Access
  readonly path: Path
  readonly way: Way
  readonly milliseconds: number
}

/** A trial that has fewer edits when its time is over goes on, up to so many times as long. */
const MAX_LONGER = 20

/** How long an edit waits for the vCPU to be in its loop again. */
const PATIENCE_MS = 20
/** How long a trial waits for the vCPU to be in its loop at all: under software emulation it begins late. */
const FIRST_MS = 5_000
/** Turns that show that it is. */
const TURNS = 16

const set = ({ kernel, arena }: Device, vm: number, call: SetCall): void => {
  writeRegion(arena.view, call)
  const result = kernel.ioctl(vm, IOCTL.setUserMemoryRegion, arena.argument)
  if (result < 0) throw new Error(`a call of an edit was refused: ${errnoName(-result)}`)
}

/** The calls with the memory that is behind their host addresses. */
const backed = (calls: readonly SetCall[], guest: GuestVm): readonly SetCall[] =>
  calls.map(call => {
    const address = guest.kit.memory.place(call.hva, 4096n)
    if (address === null) throw refuse({ kind: 'no-memory', hva: call.hva })
    return { ...call, hva: u64(BigInt(address)) }
  })

/** Makes an edit again and again while the vCPU is in its loop. */
const edit = (
  { device }: Racing,
  vm: number,
  calls: readonly SetCall[],
  turns: () => number,
  words: Int32Array,
  milliseconds: number,
): Pick<TrialRecord, 'edits' | 'disturbed' | 'turns'> => {
  const settle = (patience = PATIENCE_MS): void => {
    const [from, began] = [turns(), performance.now()]
    while ((turns() - from) >>> 0 < TURNS && performance.now() - began < patience);
  }
  settle(FIRST_MS)
  const began = performance.now()
  const first = turns()
  let edits = 0
  let disturbed = 0
  /** A busy machine gets more time, but not for ever. */
  const goesOn = (): boolean => {
    const spent = performance.now() - began
    return spent < milliseconds || (edits < MIN_EDITS && spent < milliseconds * MAX_LONGER)
  }
  do {
    const before = Atomics.load(words, SEEN)
    for (const call of calls) set(device, vm, call)
    settle() // what came of the edit is seen by then
    edits++
    if (Atomics.load(words, SEEN) !== before) disturbed++
  } while (goesOn())
  return { edits, disturbed, turns: (turns() - first) >>> 0 }
}

/** One access in a loop beside one edit, on a VM of its own. */
export const runTrial = async (racing: Racing, trial: Trial): Promise<TrialRecord> => {
  const { device, guests, vcpuThread, cpu } = racing
  const first = (trial.edit.sets[0] ?? []).map(now => setCallOf({ old: null, now }, PLACES))
  const calls = callsOf(trial.edit).map(call => setCallOf(call, PLACES))
  const room = roomFor([...first, ...calls])
  const kit = takeKit(device)
  if (room === null) throw refuse({ kind: 'no-room' })
  if (kit === null) throw refuse({ kind: 'no-guest', because: 'there is no memory for them' })
  const vm = openVm(device)
  const guest = prepareGuests(device, vm, kit, guests.cpuid, room)
  for (const call of backed(first, guest)) set(device, vm.fd, call)
  const made = createVcpu(guest, 0)
  const one = guest.vcpus.get(0)
  if (one === undefined)
    throw refuse({ kind: 'no-guest', because: `a vCPU was refused (${errnoName(-made)})` })
  const vcpu = asModel(guest, one, MODEL)
  const { system, general, turns } = prepareRace(guest, vcpu, trial.access, trial.way)
  const board = new SharedArrayBuffer(8)
  const words = new Int32Array(board)
  const runAddress = kit.runPages[0]?.address ?? 0
  const job: VcpuJob = {
    vcpu: vcpu.fd,
    runAddress,
    runBytes: kit.runBytes,
    system,
    general,
    cpu,
    board,
  }
  const reported = once(vcpuThread, 'message')
  vcpuThread.postMessage(job)
  const counted = edit(racing, vm.fd, backed(calls, guest), turns, words, trial.milliseconds)
  Atomics.store(words, STOP, 1)
  const [{ outcomes }] = (await reported) as [VcpuReport]
  closeVcpus(guest)
  device.kernel.close(vm.fd)
  giveKit(device, kit)
  const { edit: of, access, path, way } = trial
  return {
    is: 'trial',
    edit: of.id,
    access,
    path,
    ...counted,
    outcomes: { ...outcomes },
    prefixed: way.forced,
  }
}
