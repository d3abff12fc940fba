import { PAGE_SIZE } from '../base/frames.js'

/** What the host may do with its pages, as after `mprotect` with PROT_NONE, with PROT_READ, or with both rights. */
export type HostRights = 'none' | 'read' | 'all'

/** The most ranges of pages without all rights in a VM, as Linux limits the number of mappings (ENOMEM). */
export const MAX_DENIED_RANGES = 120

/** Words of the second page of the buffer of host pages that are used here; the rest of it is `host-pages.ts`'s. */
export const DENIED = (PAGE_SIZE >> 2) + 128
const TURN = DENIED + 1
/** The ranges: first page, end, and 1 where reading is denied too; doubles, since pages have up to 52 bits. */
const RANGES = (DENIED + 2) >> 1
const FIELDS = 3

/** Half-open, and apart from the others. */
interface Range {
  readonly from: number
  readonly to: number
  readonly unreadable: boolean
}

/**
 * The host pages without the right to write, or without any right, in the buffer that threads share. Mostly there are
 * none, which takes one load to find out. Otherwise a reader searches the ranges, again if they changed meanwhile.
 */
export class HostRightsTable {
  readonly #words: Int32Array
  readonly #doubles: Float64Array

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, PAGE_SIZE >> 1)
    this.#doubles = new Float64Array(buffer, 0, PAGE_SIZE >> 2)
  }

  /** Whether any page is without a right. */
  get isAny(): boolean {
    return this.#words[DENIED] !== 0
  }

  /** Steps at each change, and is odd during one (a seqlock). What was cached under another value is invalid. */
  get turn(): number {
    return Atomics.load(this.#words, TURN)
  }

  /** Whether the host may not read page `page`, or with `writes` not write it. */
  denies(page: number, writes: boolean): boolean {
    if (!this.isAny) return false
    for (;;) {
      const turn = this.turn
      const denied = this.#look(page, writes)
      if ((turn & 1) === 0 && turn === this.turn) return denied
    }
  }

  #look(page: number, writes: boolean): boolean {
    const count = Atomics.load(this.#words, DENIED)
    for (let i = 0; i < count; i++) {
      const at = RANGES + i * FIELDS
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
    Atomics.add(this.#words, TURN, 1)
    for (const [i, range] of next.entries()) {
      const at = RANGES + i * FIELDS
      this.#doubles[at] = range.from
      this.#doubles[at + 1] = range.to
      this.#doubles[at + 2] = range.unreadable ? 1 : 0
    }
    Atomics.store(this.#words, DENIED, next.length)
    Atomics.add(this.#words, TURN, 1)
    return true
  }

  #all(): Range[] {
    return Array.from({ length: this.#words[DENIED]! }, (_, i) => {
      const at = RANGES + i * FIELDS
      return {
        from: this.#doubles[at]!,
        to: this.#doubles[at + 1]!,
        unreadable: this.#doubles[at + 2] !== 0,
      }
    })
  }
}
