import type { Entry, Vm, VmOptions, VmShare } from '../../impl/index.js'
import type { Random } from '../../spec/generate/random.js'
import type { Board } from './board.js'

/** What a thread of a play is given. */
export interface Stage {
  readonly share: VmShare
  readonly board: Board
  readonly random: Random
}

/** Does one thing, and is called until the play is over. */
export type Turn = () => void

/** A part that one thread plays: it attaches to the VM, and then takes turns. */
export type Part = (stage: Stage) => Turn

/** Threads that do different things to one VM, each of which checks what it sees. */
export interface Play {
  readonly id: string
  readonly says: string
  readonly options: VmOptions
  /** Words on the board. */
  readonly words: number
  /** Slots and memory at the start, and the vCPUs that the parts take. */
  readonly prepare: (vm: Vm) => void
  /** The updating thread, which has the VM from the start. */
  readonly updater: (vm: Vm, board: Board, random: Random) => Turn
  readonly parts: Readonly<Record<string, Part>>
}

const K4 = 4096n
export const pages = (n: number): bigint => BigInt(n) * K4

/** An entry that sets a slot; everything in pages. */
export const put = (id: number, base: number, npages: number, hva: number, flags = 0): Entry => ({
  do: 'set',
  id,
  gpa: pages(base),
  size: pages(npages),
  hva: pages(hva),
  flags,
})

export const drop = (id: number): Entry => ({ do: 'remove', id, gpa: 0n, size: 0n, hva: 0n, flags: 0 })

/** Commits a batch that must succeed, and returns what it retired. @throws Error if it does not */
export const commit = (vm: Vm, entries: readonly Entry[], flags = 0, as = 0) => {
  const outcome = vm.setBatch({ as, flags, resultSize: 1_000_000n, entries })
  if ('errno' in outcome) throw new Error(`a batch of the play failed: ${outcome.errno} at ${outcome.index}`)
  if (!('retired' in outcome)) throw new Error('a batch with room for records answered none')
  return outcome
}

/** The bytes of a 32-bit number, least significant first. */
export const bytesOf = (n: number): Uint8Array => new Uint8Array(new Int32Array([n]).buffer)

export const numberOf = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true)
