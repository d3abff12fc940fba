import type { Slot, SlotChange } from '../memslots/slot.js'
import { NO_LOG } from '../memslots/slot-columns.js'

/**
 * How far the call that has the lock has come, as another thread must know if its thread dies.
 *
 * - `none`: nothing that must be finished or undone
 * - `update`: an update of a space. Its new set is published if the space's published set is a later one and blocks
 *   nothing; until then it can be undone, and from then on it is finished
 * - `roll-back`: an update that fails, and whose old set is published again or about to be
 * - `done`: an update that is over; the logs of the old slots are still there, so that what it has retired can be told
 *   again. The next call frees them
 * - `harvest`: the bits of a log are being taken or cleared
 */
export type Phase = 'none' | 'update' | 'roll-back' | 'done' | 'harvest'

const PHASES: readonly Phase[] = ['none', 'update', 'roll-back', 'done', 'harvest']

/** Words of the header. */
const PHASE = 0
/** The number of the call that wrote it. */
const CALL = 1
const SPACE = 2
/** The ticket of the set that was published before the update. */
const TICKET = 3
const COUNT = 4
const LOG = 5
/** Not 0: an old slot has a log that ends with it, and that is to be freed. */
const OLD_LOGS = 8
/** The space's swaps before the update, in units of 8 bytes. */
const SWAPS = 3
const HEADER_BYTES = 64

/** A change is its id, and its old and its new slot, each of so many doubles; `npages` 0 is no slot. */
const SLOT_FIELDS = 6
const FIELDS = 1 + 2 * SLOT_FIELDS
const BASE = 0
const NPAGES = 1
const HVA = 2
const FLAGS = 3
const DIRTY_LOG = 4
const SINCE = 5

const MAX_CHANGES = 65_536
const FIRST_CHANGES = 64

const bytesFor = (changes: number): number => HEADER_BYTES + changes * FIELDS * 8

/** An update as it is written down. */
export interface JournaledUpdate {
  readonly as: number
  /** The ticket of the set that was published before it, and how often the space had published one by then. */
  readonly ticket: number
  readonly swaps: number
  readonly changes: readonly SlotChange[]
}

/**
 * What the call under the lock is about, written down before it stores anything else, in memory that all threads of the
 * VM share. `PHASE` is stored last: what it says is there.
 */
export class Journal {
  readonly #buffer: SharedArrayBuffer
  #words!: Int32Array
  #doubles!: Float64Array

  private constructor(buffer: SharedArrayBuffer) {
    this.#buffer = buffer
    this.#renew()
  }

  /** @throws RangeError without memory */
  static create(): Journal {
    const maxByteLength = bytesFor(MAX_CHANGES)
    return new Journal(new SharedArrayBuffer(bytesFor(FIRST_CHANGES), { maxByteLength }))
  }

  static attach(buffer: SharedArrayBuffer): Journal {
    return new Journal(buffer)
  }

  /** What `attach` takes. */
  get handle(): SharedArrayBuffer {
    return this.#buffer
  }

  /** Makes room for so many changes; false, with nothing changed, without memory. */
  reserve(changes: number): boolean {
    const bytes = bytesFor(changes)
    if (bytes > this.#buffer.byteLength) {
      try {
        this.#buffer.grow(Math.min(Math.max(bytes, 2 * this.#buffer.byteLength), bytesFor(MAX_CHANGES)))
      } catch (error) {
        if (error instanceof RangeError) return false
        throw error
      }
    }
    this.#renew()
    return true
  }

  get phase(): Phase {
    return PHASES[Atomics.load(this.#words, PHASE)]!
  }

  set phase(phase: Phase) {
    Atomics.store(this.#words, PHASE, PHASES.indexOf(phase))
  }

  /** The number of the call that wrote the journal. */
  get call(): number {
    return this.#words[CALL]!
  }

  /** Writes down an update, for whose changes there is room. */
  begin(call: number, { as, ticket, swaps, changes }: JournaledUpdate): void {
    const words = this.#words
    // A call may make one update after the other: what is half written is not taken for the one before.
    this.phase = 'none'
    words[CALL] = call
    words[SPACE] = as
    words[TICKET] = ticket
    words[COUNT] = changes.length
    this.#doubles[SWAPS] = swaps
    let oldLogs = 0
    for (let i = 0, at = HEADER_BYTES >> 3; i < changes.length; i++, at += FIELDS) {
      const { old, next } = changes[i]!
      this.#doubles[at] = (old ?? next)!.id
      this.#write(at + 1, old)
      this.#write(at + 1 + SLOT_FIELDS, next)
      if (old !== undefined && old.log !== NO_LOG && old.log !== next?.log) oldLogs = 1
    }
    words[OLD_LOGS] = oldLogs
    this.phase = 'update'
  }

  /** Writes down that the bits of `log` are about to be taken. */
  beginHarvest(call: number, log: number): void {
    this.#words[CALL] = call
    this.#words[LOG] = log
    this.phase = 'harvest'
  }

  /** The log of a harvest. */
  get log(): number {
    return this.#words[LOG]!
  }

  /** Whether an update that is over has left logs to be freed: few do, and reading all its changes costs as much as it did. */
  get leavesLogs(): boolean {
    return this.phase === 'done' && this.#words[OLD_LOGS] !== 0
  }

  /** The update that was written down. A log that was given to `forget` is `NO_LOG`. */
  get update(): JournaledUpdate {
    this.#renew()
    const words = this.#words
    return {
      as: words[SPACE]!,
      ticket: words[TICKET]!,
      swaps: this.#doubles[SWAPS]!,
      changes: Array.from({ length: words[COUNT]! }, (_, i) => {
        const at = (HEADER_BYTES >> 3) + i * FIELDS
        const id = this.#doubles[at]!
        return { old: this.#slot(at + 1, id), next: this.#slot(at + 1 + SLOT_FIELDS, id) }
      }),
    }
  }

  /** Forgets the log of the old or the new slot of change `i`: it is about to be freed. */
  forget(i: number, which: 'old' | 'next'): void {
    const at = (HEADER_BYTES >> 3) + i * FIELDS + 1 + (which === 'old' ? 0 : SLOT_FIELDS)
    this.#doubles[at + DIRTY_LOG] = NO_LOG
  }

  #write(at: number, slot: Slot | undefined): void {
    const doubles = this.#doubles
    doubles[at + NPAGES] = slot?.npages ?? 0
    doubles[at + DIRTY_LOG] = slot?.log ?? NO_LOG
    if (slot === undefined) return
    doubles[at + BASE] = slot.base
    doubles[at + HVA] = slot.hva
    doubles[at + FLAGS] = slot.flags
    doubles[at + SINCE] = slot.since
  }

  #slot(at: number, id: number): Slot | undefined {
    const doubles = this.#doubles
    const npages = doubles[at + NPAGES]!
    if (npages === 0) return undefined
    return {
      id,
      base: doubles[at + BASE]!,
      npages,
      hva: doubles[at + HVA]!,
      flags: doubles[at + FLAGS]!,
      log: doubles[at + DIRTY_LOG]!,
      since: doubles[at + SINCE]!,
    }
  }

  #renew(): void {
    const { byteLength } = this.#buffer
    if (this.#words?.byteLength === byteLength) return
    this.#words = new Int32Array(this.#buffer, 0, byteLength >> 2)
    this.#doubles = new Float64Array(this.#buffer, 0, byteLength >> 3)
  }
}
