import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import type { Target } from '../target.js'
import { helloOf } from './abilities.js'
import { type Device, here, openDevice, type Surroundings } from './device.js'
import { guestAbilities } from './guest/paths.js'
import type { KvmUnavailable } from './refusal.js'
import { type Freshness, openSession } from './session.js'

export interface KvmOptions {
  /** What `reset` makes of a VM. `emptied` by default: many cases share a VM, and no case can observe that. */
  readonly freshness?: Freshness
  readonly surroundings?: Surroundings
}

let opened: Promise<Either<KvmUnavailable, Device>> | null = null

/** The one device of this process, so that it has one idle VM. */
const deviceOf = (surroundings: Surroundings): Promise<Either<KvmUnavailable, Device>> => {
  if (surroundings !== here) return openDevice(surroundings)
  opened ??= openDevice()
  return opened
}

/**
 * The KVM of this machine, through koffi, which is loaded here and not before. Left, with the reason, where there is
 * none. Its guests run in this process.
 */
export const kvmTarget = async (options: KvmOptions = {}): Promise<Either<KvmUnavailable, Target>> => {
  const { freshness = 'emptied', surroundings = here } = options
  const device = await deviceOf(surroundings)
  if (isLeft(device)) return device
  const guests = guestAbilities(device.right)
  const hello = helloOf(device.right, guests)
  const { features, kernel, vm = {} } = hello
  const kvm = { device: device.right, features, kernel, freshness, vm, guests }
  return right({
    hello: () => Promise.resolve(hello),
    open: async config => openSession(kvm, config),
  })
}
