import { PAGE_SIZE } from '../base/frames.js'

/** What the host may do with its pages, as after `mprotect` with PROT_NONE, with PROT_READ, or with both rights. */
export type HostRights = 'none' | 'read' | 'all'

/** The most ranges of pages without all rights in a VM, as Linux limits the number of mappings (ENOMEM). */
export const MAX_DENIED_RANGES = 120

/**
 * Words of the second page of the buffer of host pages that are used here; the rest of it is `host-pages.ts`'s. DENIED:
 * how many ranges there are, and in its bit 8 which of the two tables has them; 0 for none.
 */
export const DENIED = (PAGE_SIZE >> 2) + 128
const TURN = DENIED + 1
const COUNT = 0xff
const TABLE_SHIFT = 8
/**
 * The tables of ranges, one in the second page and one in the third: first page, end, and 1 where reading is denied too;
 * doubles, since pages have up to 52 bits.
 */
const TABLES = [(DENIED + 2) >> 1, (2 * PAGE_SIZE) >> 3] as const
const FIELDS = 3

/** Half-open, and apart from the others. */
interface Range {
  readonly from: number
  readonly to: number
  readonly unreadable: boolean
}

/**
 * The host pages without the right to write, or without any right, in the buffer that threads share. Mostly there are
 * none, which takes one load to find out. Otherwise a reader searches the ranges, again if they changed meanwhile. A
 * change is written into the table that is not in use, and one store puts that into use: a thread that dies on the way
 * has changed nothing or all.
 */
export class HostRightsTable {
  readonly #words: Int32Array
  readonly #doubles: Float64Array

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, (3 * PAGE_SIZE) >> 2)
    this.#doubles = new Float64Array(buffer, 0, (3 * PAGE_SIZE) >> 3)
  }

  /** Whether any page is without a right. */
  get isAny(): boolean {
    return this.#words[DENIED] !== 0
  }

  /** Steps after each change. What was cached under another value is invalid. */
  get turn(): number {
    return Atomics.load(this.#words, TURN)
  }

  /** Whether the host may not read page `page`, or with `writes` not write it. */
  denies(page: number, writes: boolean): boolean {
    if (!this.isAny) return false
    for (;;) {
      const { turn } = this
      const denied = this.#look(page, writes)
      if (turn === this.turn) return denied
    }
  }

  #look(page: number, writes: boolean): boolean {
    const denied = Atomics.load(this.#words, DENIED)
    const table = TABLES[denied >>> TABLE_SHIFT]!
    for (let i = 0; i < (denied & COUNT); i++) {
      const at = table + i * FIELDS
      if (page < this.#doubles[at]! || page >= this.#doubles[at + 1]!) continue
      return writes || this.#doubles[at + 2] !== 0
    }
    return false
  }

  /**
   * Gives pages `from` up to `to`, exclusive, these rights and no others; false without room for more ranges. One
   * thread at a time. Accesses that begin later see the change; an access in flight may see either.
   */
  set(from: number, to: number, rights: HostRights): boolean {
    const kept = this.#all().flatMap(range => [
      ...(range.from < from ? [{ ...range, to: Math.min(range.to, from) }] : []),
      ...(range.to > to ? [{ ...range, from: Math.max(range.from, to) }] : []),
    ])
    const next = rights === 'all' ? kept : [...kept, { from, to, unreadable: rights === 'none' }]
    if (next.length > MAX_DENIED_RANGES) return false
    const other = 1 - (this.#words[DENIED]! >>> TABLE_SHIFT)
    for (const [i, range] of next.entries()) {
      const at = TABLES[other]! + i * FIELDS
      this.#doubles[at] = range.from
      this.#doubles[at + 1] = range.to
      this.#doubles[at + 2] = range.unreadable ? 1 : 0
    }
    Atomics.store(this.#words, DENIED, next.length === 0 ? 0 : next.length | (other << TABLE_SHIFT))
    Atomics.add(this.#words, TURN, 1)
    return true
  }

  /** After a thread has died that was changing rights: what was cached before may be of the rights before. */
  recover(): void {
    Atomics.add(this.#words, TURN, 1)
  }

  #all(): Range[] {
    const denied = this.#words[DENIED]!
    return Array.from({ length: denied & COUNT }, (_, i) => {
      const at = TABLES[denied >>> TABLE_SHIFT]! + i * FIELDS
      return {
        from: this.#doubles[at]!,
        to: this.#doubles[at + 1]!,
        unreadable: this.#doubles[at + 2] !== 0,
      }
    })
  }
}
