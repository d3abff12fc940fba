import { addressOf, u64 } from '../../../spec/terms/numbers.js'
import type { Operation } from '../../../spec/terms/operation.js'
import { HOST, type InPages } from '../draft/calls.js'

/** Kinds of access of a guest that is running, of a frame. */
export const ACCESSES: Readonly<Record<string, (gfn: number) => Operation>> = {
  read: gfn => ({ op: 'read', vcpu: 0, gfn, offset: 16, size: 4 }),
  fetch: gfn => ({ op: 'fetch', vcpu: 0, gfn, offset: 33, size: 3 }),
  write: gfn => ({ op: 'write', vcpu: 0, gfn, offset: 16, data: 'deadbeef' }),
  rmw: gfn => ({ op: 'rmw', vcpu: 0, gfn, offset: 18, data: 'c0de' }),
}

/** The host puts bytes where those accesses look. */
export const poked = (page: number): Operation => ({
  op: 'poke',
  hva: u64(addressOf(HOST + page) + 16n),
  data: '0123456789abcdef00112233445566778899aabbccddeeff',
})

/** Four slots of four pages: writable, logged, and each once more read-only. */
export const SLOTS = {
  writable: { id: 1, base: 16, npages: 4, hva: HOST },
  logged: { id: 2, base: 32, npages: 4, hva: HOST + 8, flags: 1 },
  'read-only': { id: 3, base: 48, npages: 4, hva: HOST, flags: 2 },
  'logged-read-only': { id: 4, base: 64, npages: 4, hva: HOST + 8, flags: 3 },
} as const satisfies Readonly<Record<string, InPages>>

/** Host pages behind them, from HOST on. */
export const pageBehind = ({ hva }: InPages, page: number): number => hva - HOST + page

/** A frame where no slot is. */
export const HOLE = 96
