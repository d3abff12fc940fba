import { isRight } from 'fp-ts/lib/Either.js'
import { kvmTarget } from './target.js'

const target = await kvmTarget()
const hello = isRight(target) ? await target.right.hello() : null

/** Whether there is a KVM here that this process may use. That /dev/kvm is there does not say so: others may own it. */
export const hasKvm = hello !== null

/** Whether it runs guests: inside some other hypervisor it makes VMs, and nothing runs in them. */
export const runsGuests = hello?.features.includes('vcpu') === true
