/** The program that races on the KVM of this machine: a record a line. Its argument: milliseconds for each trial. */
import { once } from 'node:events'
import { release } from 'node:os'
import { Worker } from 'node:worker_threads'
import { isLeft } from 'fp-ts/lib/Either.js'
import { allowedCpus, pinTo } from '../../targets/kvm/affinity.js'
import { openDevice } from '../../targets/kvm/device.js'
import { hasSecondStage } from '../../targets/kvm/emulated-processor.js'
import { guestAbilities } from '../../targets/kvm/guest/paths.js'
import { sayUnavailable } from '../../targets/kvm/refusal.js'
import { ACCESSES, PATHS } from '../access.js'
import { EDITS } from '../edit.js'
import { type RaceRecord, RaceRecordCodec } from '../record.js'
import { wayOf } from './paths.js'
import { runTrial } from './run-trial.js'

const say = (record: RaceRecord): void => {
  process.stdout.write(`${JSON.stringify(RaceRecordCodec.encode(record))}\n`)
}

const [, , milliseconds = '300'] = process.argv
const device = await openDevice()
if (isLeft(device)) {
  console.error(sayUnavailable(device.left))
  process.exit(3)
}
const guests = guestAbilities(device.right)
if (guests === null) {
  console.error('no guest was seen to run on this kernel')
  process.exit(3)
}
const cpus = allowedCpus()
const [here = 0, there = here] = cpus
say({
  is: 'kernel',
  kernel: release(),
  arch: 'x86',
  secondStage: hasSecondStage() ? 'tdp' : 'shadow',
  cpus: cpus.length,
})
const vcpuThread = new Worker(new URL('./vcpu-thread.js', import.meta.url))
await once(vcpuThread, 'message') // it is ready
pinTo(here)
const racing = { device: device.right, guests, vcpuThread, cpu: there }
for (const path of PATHS) {
  const way = wayOf(path, guests)
  if (way === null) {
    const because =
      path === 'hardware'
        ? 'no 64-bit code of a guest is run by the processor here'
        : 'the processor runs all 64-bit code here, and force_emulation_prefix is off'
    say({ is: 'left out', what: path, because })
    continue
  }
  for (const edit of EDITS)
    for (const access of ACCESSES)
      say(await runTrial(racing, { edit, access, path, way, milliseconds: Number(milliseconds) }))
}
process.exit(0)
