import type { MmioExit } from '../base/mmio.js'
import type { Limits } from '../options.js'
import { ABANDONED } from './attempts.js'
import { type Accessed, DEVICE, NO_MEMORY, type Pieces } from './data.js'
import {
  type CommonEnd,
  type DataEnd,
  type Exception,
  type FetchEnd,
  GP,
  type ProcessorEnd,
  UD,
} from './ends.js'
import { GENERAL_PROTECTION, type Prefetched } from './instruction.js'
import { NO_SLOT } from './locate.js'
import { FAULT, HOST_FAULT, type Mmu, OK, type RETRY } from './mmu.js'

/** A linear address in two words. */
export interface Address {
  readonly high: number
  readonly low: number
}

/**
 * The end, as the API has it, of an operation that did not succeed.
 * @param at the linear address that #PF puts in CR2
 */
export function endOf(end: number, mmu: Mmu, at: Address): CommonEnd | ProcessorEnd {
  if (end === ABANDONED) return { end: 'abandoned' }
  if (end === NO_MEMORY) return { end: 'fault', errno: 'ENOMEM' }
  if (end === HOST_FAULT) return { end: 'exit', errno: 'EFAULT' }
  if (end === GENERAL_PROTECTION) return { end: 'fault', exception: GP }
  if (end !== FAULT) throw new Error(`no end ${end}`) // the ends above are all there are
  return { end: 'fault', exception: pageFault(mmu, at) }
}

/** The #PF of the translation that failed last, at a linear address. */
export function pageFault(mmu: Mmu, at: Address): Exception {
  const cr2 = (BigInt(at.high >>> 0) << 32n) | BigInt(at.low >>> 0)
  return { vector: '#PF', error: mmu.error, cr2 }
}

export function endOfData(
  end: Exclude<Accessed, typeof RETRY> | typeof ABANDONED | typeof GENERAL_PROTECTION,
  mmu: Mmu,
  pieces: Pieces,
  exits: readonly MmioExit[],
  data?: Uint8Array,
): DataEnd {
  if (end === OK) return data === undefined ? { end: 'data' } : { end: 'data', data }
  if (end === DEVICE) return data === undefined ? { end: 'mmio', exits } : { end: 'mmio', exits, data }
  return endOf(end, mmu, pieces)
}

/** @param end of a fetch of `length` bytes, at privilege level `cpl` */
export function endOfFetch(
  end: number,
  mmu: Mmu,
  found: Prefetched,
  { length, cpl, limits }: { readonly length: number; readonly cpl: number; readonly limits: Limits },
): FetchEnd {
  if (end === OK) return { end: 'data', data: found.bytes.slice(0, length) }
  if (end === NO_SLOT) return notFetched(found, cpl, limits)
  return endOf(end, mmu, found)
}

/** The emulator has no bytes to decode (fetch-path.md, A fetch that cannot be read, cases 5 and 6). */
function notFetched({ bytes, count }: Prefetched, cpl: number, limits: Limits): FetchEnd {
  const queues = !limits.exitsOnEmulationFailure && limits.kernel.queuesUndefined
  if (queues && cpl !== 0) return { end: 'fault', exception: UD }
  const pending = queues ? { pending: '#UD' as const } : {}
  if (count === 0) return { end: 'exit', exit: { suberror: 1, ndata: 6, flags: 0, ...pending } }
  return {
    end: 'exit',
    exit: { suberror: 1, ndata: 8, flags: 1, bytes: bytes.slice(0, count), ...pending },
  }
}
