import type { Cells, Vcpu } from './cells.js'
import type { MmioExit } from './mmio.js'
import type { Between, By, FetchPathOperation } from './operation.js'
import type { Loaded } from './paging/loaded.js'
import type { Meanwhile } from './paging/meanwhile.js'
import type { Use } from './paging/mode.js'
import type { Regime } from './paging/regime.js'
import type { Exception } from './result.js'

/** An entry that a walk has read: of which level, in which table, and what stood there. */
export interface Step {
  readonly level: number
  readonly gfn: number
  readonly offset: number
  readonly entry: bigint
}

/** Where an operation of the fetch path stands: which rules make its next step. */
export type Station =
  | 'registers'
  | 'between'
  | 'seek'
  | 'start'
  | 'begin'
  | 'window'
  | 'paging'
  | 'tops'
  | 'table'
  | 'entry'
  | 'rights'
  | 'accessed'
  | 'translated'
  | 'page'
  | 'reach'
  | 'fault'
  | 'delivery'
  | 'failed'
  | 'data'

/** A page of data that was translated: its frame, the offset and number of bytes on it, and which bytes of the whole. */
export interface Piece {
  readonly gfn: number
  readonly offset: number
  readonly size: number
}

/**
 * Stations at which a slot is looked up: of PAE's top entries, of a table to be read, of the page of an instruction, of
 * the page of a piece of data by the emulator, of that of data by the processor, of a table in which a bit is to be set,
 * and of the root through which an exception is delivered.
 */
export type LookUp = 'tops' | 'table' | 'page' | 'data' | 'reach' | 'accessed' | 'delivery'

/** A change of slots that another thread makes while the operation is under way. */
export interface Change extends Between {
  /** The rule that it follows, where several apply; null: the first of them. */
  readonly follows: string | null
}

/** How far a change of slots has come: not begun; `open`, between its two swaps; or made. */
export type Reached = 'not begun' | 'open' | 'made'

/** What is known on the way of one address; the rest of it is the machine and the call. */
export interface Walk {
  readonly at: Station
  readonly use: Use
  /** Whether KVM's emulator makes the access or the processor itself, which leaves some of it to the emulator. */
  readonly by: By
  readonly vcpu: Vcpu | null
  readonly loaded: Loaded | null
  readonly regime: Regime | null
  /** Offset of the chunk in its segment. */
  readonly offset: bigint
  /** The linear address that is being translated. */
  readonly la: bigint
  /** Bytes of the instruction so far. */
  readonly bytes: string
  readonly level: number
  /** The frame of the next table, or of the page itself when it is found. */
  readonly gfn: number
  readonly steps: readonly Step[]
  /** Entries whose accessed or dirty bit is still to be set. */
  readonly unset: readonly Step[]
  readonly user: boolean
  readonly writable: boolean
  readonly executable: boolean
  /** Error code of a page fault, but for what every fault of the access has. */
  readonly error: number
  readonly pieces: readonly Piece[]
  /** The processor found no root below a second stage, and KVM emulates. */
  readonly rootless: boolean
  /** The exception that is being delivered to the guest; null where there is none. */
  readonly delivering: Exception | null
  /** Slots looked up. */
  readonly lookups: number
  /** Whether KVM has asked memory for PAE's top entries, where no register keeps them: then it has them, or those of before. */
  readonly tops: 'unread' | 'read' | 'kept'
  /** The change of slots in the middle of the operation; null where there is none. */
  readonly change: Change | null
  /** How far that change has come; null where there is none, or where it has been made. */
  readonly meanwhile: Meanwhile | null
  /** At `seek`: what is looked up next. */
  readonly seeking: LookUp
  /** Exits so far, for pieces of data that are no memory. */
  readonly exits: readonly MmioExit[]
  /** What was read so far; null where the VMM's answer is part of it, and is not told. */
  readonly data: string | null
  /** Whether the data is stored: a read-modify-write by the emulator loads first. */
  readonly storing: boolean
}

/** A machine on which an operation of the fetch path is under way. */
export interface Walking extends Cells {
  readonly call: FetchPathOperation
  readonly walk: Walk
}

const mayDisturb = ({ walk: { meanwhile } }: Walking): boolean =>
  meanwhile !== null && meanwhile.stage !== 'held'

/** On to a look-up; while slots change, it is asked first what the look-up meets. */
export const seek = (cells: Walking, seeking: LookUp, walk: Partial<Walk>): Walking =>
  onward(cells, { ...walk, at: mayDisturb(cells) ? 'seek' : seeking, seeking })

/** The machine with the walk at another place; the operation goes on. */
export const onward = (cells: Walking, walk: Partial<Walk>, memory = cells.memory): Walking => ({
  params: cells.params,
  spaces: cells.spaces,
  protect: cells.protect,
  ring: cells.ring,
  memfds: cells.memfds,
  vcpus: cells.vcpus,
  memory,
  host: cells.host,
  call: cells.call,
  returned: cells.returned,
  seen: cells.seen,
  walk: { ...cells.walk, ...walk },
})
