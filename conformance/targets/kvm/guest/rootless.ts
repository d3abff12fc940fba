import type { RegistersCall } from '../../../../spec/terms/operation.js'
import { refuse } from '../refusal.js'
import type { SystemRegisters } from './registers.js'
import type { Vcpu } from './vcpu.js'

/** A vCPU met no root, which KVM remembers until it makes its tables anew. */
export interface Rootless {
  readonly image: SystemRegisters
  /** Moves and deletions of slots until then. */
  readonly zaps: number
  /** Since then it had other registers, of ours, by which KVM has made its tables anew. */
  hadOthers: boolean
}

/** Of a VM with guests: its vCPUs that met no root, and the moves and deletions of its slots so far. */
interface Noting {
  readonly rootless: Map<Vcpu, Rootless>
  readonly vm: { readonly zaps: number }
}

const PAGING = ['cr0', 'cr3', 'cr4', 'efer'] as const
const haveSamePaging = (a: SystemRegisters, b: SystemRegisters): boolean =>
  PAGING.every(name => a[name] === b[name])

/** Takes note that the vCPU ended without a root. Once it has, it does so again, and nothing is new. */
export const noteRootless = ({ rootless, vm }: Noting, vcpu: Vcpu, image: SystemRegisters): void => {
  if (!rootless.has(vcpu)) rootless.set(vcpu, { image, zaps: vm.zaps, hadOthers: false })
}

/** Takes note of registers that the vCPU is given for an access. */
export const noteLoaded = (
  { rootless }: Pick<Noting, 'rootless'>,
  vcpu: Vcpu,
  system: SystemRegisters,
): void => {
  const known = rootless.get(vcpu)
  if (known !== undefined && !haveSamePaging(known.image, system)) known.hadOthers = true
}

/** Takes note of registers that the case loads, after `before` in a vCPU of the kernel that may have been another. */
export const noteAsked = (guest: Noting, before: Vcpu | undefined, vcpu: Vcpu, o: RegistersCall): void => {
  const known = before === undefined ? undefined : guest.rootless.get(before)
  if (known === undefined) return
  if (before !== vcpu) {
    if (haveSamePaging(known.image, o)) throw refuse({ kind: 'root-kept' })
    known.hadOthers = true
  } else if (!haveSamePaging(known.image, o)) guest.rootless.delete(vcpu)
}

/** Refuses what the vCPU would do otherwise, had nothing been done but what the case asks for. */
export const refuseFreed = ({ rootless, vm }: Noting, vcpu: Vcpu): void => {
  const known = rootless.get(vcpu)
  if (known !== undefined && (known.hadOthers || known.zaps !== vm.zaps)) throw refuse({ kind: 'root-kept' })
}
