import type { Config } from '../../../oracle/wire/config.js'
import type { HostRights } from '../../../spec/terms/host.js'
import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { BatchEntry, Operation, SetCall } from '../../../spec/terms/operation.js'

/** The entry that removes a slot. */
export { removalOf as removal } from '../../../spec/terms/build-batch.js'

/** A case before it is frozen: what to do, and in a sentence what for. */
export interface Draft {
  readonly id: string
  readonly says: string
  readonly config: Config
  readonly ops: readonly Operation[]
}

/** A slot in pages: the words most cases are written in. */
export interface InPages {
  readonly as?: number
  readonly id: number
  readonly base: number
  readonly npages: number
  readonly hva: number
  readonly flags?: number
}

/** The first id beyond those of the user: KVM may have it for a slot of its own, where a configuration says so. */
export const INTERNAL_ID = 32764

/** Host pages of the cases begin here; below lie edges that cases are about. */
export const HOST = 0x10000

export const set = ({ as = 0, id, base, npages, hva, flags = 0 }: InPages): SetCall => ({
  op: 'set',
  as,
  id,
  gpa: addressOf(base),
  size: addressOf(npages),
  hva: addressOf(hva),
  flags,
})

export const remove = (id: number, as = 0): SetCall => set({ as, id, base: 0, npages: 0, hva: 0 })

export const entry = ({ id, base, npages, hva, flags = 0 }: InPages): BatchEntry => ({
  do: 'set',
  id,
  gpa: addressOf(base),
  size: addressOf(npages),
  hva: addressOf(hva),
  flags,
})

/** How a batch wants what it retires: every bit, a count for each slot, or one count. */
export type Wants = 'bits' | 'records' | 'total'

export const batch = (entries: readonly BatchEntry[], wants: Wants = 'bits', as = 0): Operation => ({
  op: 'batch',
  as,
  flags: wants === 'bits' ? 1 : 0,
  resultSize: u64(wants === 'total' ? 0 : 0x10000),
  entries,
})

export const vcpu: Operation = { op: 'create-vcpu', vcpu: 0 }
export const enterSmm: Operation = { op: 'enter-smm', vcpu: 0 }
export const write = (gfn: number, data = 'a5'): Operation => ({ op: 'write', vcpu: 0, gfn, offset: 0, data })
export const read = (gfn: number): Operation => ({ op: 'read', vcpu: 0, gfn, offset: 0, size: 1 })
export const fetch = (gfn: number): Operation => ({ op: 'fetch', vcpu: 0, gfn, offset: 0, size: 1 })
export const lookup = (gfn: number, as = 0): Operation => ({ op: 'lookup', as, gfn })
export const get = (id: number, as = 0): Operation => ({ op: 'get-dirty', as, id })
export const protect = (mode: number): Operation => ({
  op: 'enable-cap',
  cap: 'manual-dirty-log-protect2',
  flags: 0,
  args: [u64(mode)],
})
export const ring = (bytes: number): Operation => ({
  op: 'enable-cap',
  cap: 'dirty-log-ring',
  flags: 0,
  args: [u64(bytes)],
})
/** The host gives a page of its own other rights. */
export const hostProtect = (page: number, rights: HostRights): Operation => ({
  op: 'host-protect',
  hva: addressOf(page),
  size: addressOf(1),
  rights,
})
export const hvaRange = (page: number, npages: number): Operation => ({
  op: 'hva-range',
  hva: addressOf(page),
  size: addressOf(npages),
})

export const FLAGS = { plain: 0, log: 1, ro: 2, 'log+ro': 3 } as const
export type FlagsName = keyof typeof FLAGS
export const flagNames = Object.keys(FLAGS) as readonly FlagsName[]
