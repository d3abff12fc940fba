import { requireBytes, requireInteger, requireObject, requireOneOf, requireU64 } from '../base/domain.js'
import { U64_END } from '../base/frames.js'
import type { Machine } from '../machine.js'
import type { HostRights } from '../memory/host-rights.js'
import { type HostRange, requireHostRange } from './lookup.js'
import type { Outcome } from './outcome.js'

/** A range of host memory that gets other rights. */
export interface ProtectCall extends HostRange {
  readonly rights: HostRights
}

/** Bytes that the host writes at an address of its own. */
export interface Poke {
  readonly hva: bigint
  readonly data: Uint8Array
}

/** Bytes that the host reads at an address of its own. */
export interface Peek {
  readonly hva: bigint
  readonly size: number
}

/** Requires words that the system call can carry, and known rights. @throws TypeError, RangeError */
export function requireProtectCall(q: ProtectCall): void {
  requireHostRange(q)
  requireOneOf('rights', q.rights, ['none', 'read', 'all'])
}

/** `mprotect` of host memory: it changes no slot, and so no generation. */
export function hostProtect(machine: Machine, { hva, size, rights }: ProtectCall): Outcome {
  return machine.memory.protect(hva, size, rights) ?? { generation: machine.space(0).generation }
}

/** Requires bytes that end within 64 bits. @throws TypeError, RangeError */
export function requirePoke(q: Poke): void {
  requireObject('a poke', q)
  requireU64('hva', q.hva)
  requireBytes('data', q.data)
  if (q.hva + BigInt(q.data.length) > U64_END) throw new RangeError('data must end below 2^64')
}

/** Requires at most 2^31 bytes that end within 64 bits. @throws TypeError, RangeError */
export function requirePeek(q: Peek): void {
  requireObject('a peek', q)
  requireU64('hva', q.hva)
  requireInteger('size', q.size, 0, 2 ** 31)
  if (q.hva + BigInt(q.size) > U64_END) throw new RangeError('size must end below 2^64')
}
