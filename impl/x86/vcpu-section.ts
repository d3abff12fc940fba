import type { Machine } from '../machine.js'
import { RO } from '../memslots/slot.js'
import { NO_LOG } from '../memslots/slot-columns.js'
import type { SlotSet } from '../memslots/slot-set.js'
import { spaceOf } from '../readers/access.js'
import type { Reader } from '../readers/reader.js'
import { BLOCKED, FOUND, type Found, type FoundSlot, HOLE, type Section } from './section.js'

/** The sections of a vCPU: those of its reader. */
export class VcpuSection implements Section {
  readonly #machine: Machine
  readonly #reader: Reader
  #set: SlotSet

  constructor(machine: Machine, reader: Reader) {
    this.#machine = machine
    this.#reader = reader
    this.#set = machine.space(0).set(0)
  }

  get as(): number {
    return this.#reader.as
  }

  get ticket(): number {
    return this.#reader.ticket
  }

  get shared(): boolean {
    return this.#machine.isShared
  }

  get blocks(): boolean {
    return this.#reader.blocks
  }

  enter(): void {
    const reader = this.#reader
    reader.enterSpace(spaceOf(this.#machine, reader))
    this.#set = this.#machine.space(reader.as).set(reader.ticket)
  }

  leave(): void {
    this.#reader.leave()
  }

  lookUp(gfn: number, writes: boolean, slot: FoundSlot): Found {
    const reader = this.#reader
    if (reader.isBlocked(gfn, writes)) return BLOCKED
    const set = this.#set
    const number = reader.numberAt(set, gfn)
    if (number < 0) return HOLE
    const { columns } = set
    slot.number = number
    slot.id = columns.id[number]!
    slot.readonly = (columns.flags[number]! & RO) !== 0
    slot.base = columns.extents[2 * number]!
    slot.npages = columns.extents[2 * number + 1]!
    const hva = columns.hva[number]!
    slot.hostLow = hva | 0
    slot.hostUpper = (hva / 2 ** 32) | 0
    return FOUND
  }

  mark(slot: number, page: number): void {
    const log = this.#set.columns.log[slot]!
    if (log !== NO_LOG) this.#machine.logs.mark(log, page)
  }

  waitFor(gfn: number): boolean {
    return this.#reader.waitFor(gfn) === 'again'
  }
}
